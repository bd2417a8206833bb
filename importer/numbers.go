package importer

import (
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// NumberStyle is which mark stands before the decimals.
type NumberStyle string

// The styles. The zero value reads each number by itself, and a doubtful one as PointDecimals does.
const (
	PointDecimals NumberStyle = "point" // 1,054.00
	CommaDecimals NumberStyle = "comma" // 1.054,00
	MixedDecimals NumberStyle = "mixed" // both are in the column: a number that depends on it is an error
)

// NumberEvidence gathers how a column writes its numbers. The zero value is ready.
type NumberEvidence struct {
	Numbers              int // cells that are numbers of any form
	point, comma         int // numbers that prove a style
	openPoint, openComma int // 1.054 and 1,054, which prove nothing
}

// Add takes one cell into account; one that is not a number says nothing.
func (e *NumberEvidence) Add(cell string) {
	if len(cell) > maxNumberBytes || !strings.ContainsAny(cell, "0123456789") {
		return
	}
	n, err := lexNumber(cell)
	if err != nil {
		return
	}
	m := marks(n.text)
	if m == misplaced {
		return
	}
	e.Numbers++
	switch m {
	case provesPoint:
		e.point++
	case provesComma:
		e.comma++
	case openPoint:
		e.openPoint++
	case openComma:
		e.openComma++
	}
}

// Decide returns the style that the column's numbers prove. When none does, fallback is returned with sure false if a
// number depends on it, so that the page can point at it.
func (e *NumberEvidence) Decide(fallback NumberStyle) (style NumberStyle, sure bool) {
	switch {
	case e.point > 0 && e.comma > 0:
		return MixedDecimals, true
	case e.point > 0:
		return PointDecimals, true
	case e.comma > 0:
		return CommaDecimals, true
	case e.openPoint > 0 && e.openComma > 0:
		return MixedDecimals, true // either style makes one of them a thousand times the other
	}
	return fallback, e.openPoint+e.openComma == 0
}

// Numbers reads the numbers of one column. No float is involved: digits in, digits out.
type Numbers struct {
	Style NumberStyle // from File.NumberStyle or NumberEvidence.Decide
}

// Number reads a cell as a decimal: digits, perhaps a minus, perhaps a point, the decimals kept as given ("1054.00"). A
// blank cell is "". Of "12%" it is "12". Errors have the codes not_a_number, ambiguous_number, wrong_decimal_mark.
func (s Numbers) Number(cell string) (string, error) {
	if Blank(cell) {
		return "", nil
	}
	n, err := lexNumber(cell)
	if err != nil {
		return "", err
	}
	if n.marked {
		return "", notANumber(cell, "it names a currency")
	}
	return s.decimal(cell, n)
}

// Money reads a cell as a decimal and the ISO 4217 code of the currency that it names, "" for none and for signs that
// several share ("$"). A blank cell is "". Errors are those of Number.
func (s Numbers) Money(cell string) (amount, currency string, err error) {
	if Blank(cell) {
		return "", "", nil
	}
	n, err := lexNumber(cell)
	if err != nil {
		return "", "", err
	}
	if n.percent {
		return "", "", notANumber(cell, "it is a percentage")
	}
	amount, err = s.decimal(cell, n)
	return amount, n.currency, err
}

func (s Numbers) decimal(cell string, n lexedNumber) (string, error) {
	decimals := "." // the mark before them in this number
	switch m := marks(n.text); {
	case m == misplaced:
		return "", notANumber(cell, "its separators are not where they should be")
	case m == unmarked:
	case m == openPoint || m == openComma:
		if s.Style == MixedDecimals {
			return "", errs.New(errs.Invalid, "ambiguous_number", "%s can be read in two ways, and the column uses both.", quoted(cell)).
				WithFix("Write numbers as 1054.00, without separators for thousands.")
		}
		if s.Style == CommaDecimals {
			decimals = ","
		}
	case m == provesPoint && s.Style == CommaDecimals, m == provesComma && s.Style == PointDecimals:
		return "", errs.New(errs.Invalid, "wrong_decimal_mark", "%s does not fit the other numbers, which write decimals with a %s.", quoted(cell), s.Style).
			WithFix("Write it as the others, or all as 1054.00.")
	case m == provesComma:
		decimals = ","
	}
	whole, fraction, _ := strings.Cut(n.text, decimals)
	whole = strings.TrimLeft(onlyDigits(whole), "0")
	if whole == "" {
		whole = "0"
	}
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if n.negative && strings.Trim(out, "0.") != "" {
		out = "-" + out
	}
	return out, nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
