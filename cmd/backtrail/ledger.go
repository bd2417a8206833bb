package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

type ledgerCommands struct {
	Accept ledgerAccept `cmd:"" help:"Let an account's ledger go on although the database came back older than what was published of it."`
	Rekey  ledgerRekey  `cmd:"" help:"Sign all ledgers with another key, after the old one was lost."`
}

// confirmation is asked for what cannot be taken back.
type confirmation struct {
	Yes bool `help:"Do not ask."`
}

// ask lets a person type a word before it goes on.
func (c confirmation) ask(io streams, what, word string) error {
	fmt.Fprintln(io.err, what)
	if c.Yes {
		return nil
	}
	fmt.Fprintf(io.err, "Type %s to go on: ", word)
	typed, err := bufio.NewReader(io.in).ReadString('\n')
	if strings.TrimSpace(typed) == word {
		return nil
	}
	fmt.Fprintln(io.err)
	return errs.New(errs.Invalid, "not_confirmed", "Nothing was changed.").WithFix("Type %s when asked, or give --yes.", word).Because(err)
}
