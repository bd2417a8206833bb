package modules

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// checkZone wants a field to hold a time zone, or nothing. What a record has already stays.
func checkZone(w *crm.Write, key string) error {
	name := w.After.Fields[key].Text()
	if name == "" || !w.Changed(key) {
		return nil
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		f, _ := w.Object.Field(key)
		return errs.InvalidField(key, "invalid_timezone", "%s must be a name of the IANA list, such as Europe/Lisbon or UTC.", f.Label)
	}
	return nil
}

// checkWhole wants a field to hold a whole number between two, or nothing.
func checkWhole(w *crm.Write, key string, low, high int) error {
	text := w.After.Fields[key].Text()
	if text == "" || !w.Changed(key) {
		return nil
	}
	if n, err := strconv.Atoi(text); err != nil || n < low || n > high {
		f, _ := w.Object.Field(key)
		return errs.InvalidField(key, "out_of_range", "%s must be a whole number from %d to %d.", f.Label, low, high)
	}
	return nil
}

// fillCurrency writes a currency in capital letters.
func fillCurrency(_ context.Context, w *crm.Write) error {
	if c := w.After.Fields["currency"]; c != audit.None {
		w.After.Fields["currency"] = audit.String(strings.ToUpper(c.Text()))
	}
	return nil
}

// checkCurrency wants the code of ISO 4217, or nothing.
func checkCurrency(w *crm.Write) error {
	code := w.After.Fields["currency"].Text()
	if code == "" || !w.Changed("currency") {
		return nil
	}
	notCapital := func(r rune) bool { return r < 'A' || r > 'Z' }
	if len(code) != 3 || strings.ContainsFunc(code, notCapital) {
		return errs.InvalidField("currency", "invalid_currency", "Currency must be a code of three letters, such as EUR.")
	}
	return nil
}
