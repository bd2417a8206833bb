package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
)

// verifiedForm is a report as JSON.
type verifiedForm struct {
	OK bool `json:"ok"`
	integrity.Report
	Checkpoint string              `json:"checkpoint"` // as it is, not in base64
	Findings   []integrity.Finding `json:"findings"`   // [] for none
}

func verifiedFormOf(r integrity.Report) verifiedForm {
	return verifiedForm{r.OK(), r, string(r.Checkpoint), append([]integrity.Finding{}, r.Findings...)}
}

// printVerified tells what was checked and what was found.
func printVerified(to io.Writer, a namedAccount, r integrity.Report, key string, given int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", a)
	fmt.Fprintf(&b, "  %s\n", verdictOf(r))
	fmt.Fprintf(&b, "  Read were %s in the ledger and %s to be sealed, %s.\n", eventsText(r.Events), waitText(r.Waiting), sizeText(r.Bytes))
	if r.Size != 0 || len(r.Checkpoint) > 0 {
		fmt.Fprintf(&b, "  The head of the ledger: %s, root %s.\n", eventsText(r.Size), r.Root)
		fmt.Fprintf(&b, "  %s\n", keyText(r, key))
	}
	if given > 0 {
		fmt.Fprintf(&b, "  Of %d checkpoints that left the database earlier, %d agree.\n", given, r.Checkpoints)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %s %s\n", fit(string(f.Kind)+":", 12), plain(f.Detail))
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "  And %s more like these.\n", audit.Thousands(int(r.More)))
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func verdictOf(r integrity.Report) string {
	switch n := int64(len(r.Findings)) + r.More; {
	case n == 1:
		return "NOT VERIFIED: 1 thing is wrong, see below."
	case n > 1:
		return fmt.Sprintf("NOT VERIFIED: %s things are wrong, see below.", audit.Thousands(int(n)))
	case r.Events+r.Waiting == 0:
		return "Verified: the log is empty."
	case r.KeyChecked:
		return "Verified: every event is as it was sealed and at its place, none is missing, and the head is signed."
	}
	return "Verified, but for the signature: every event is as it was sealed and at its place, and none is missing."
}

func keyText(r integrity.Report, key string) string {
	if r.KeyChecked {
		return "The signature was checked with " + key + "."
	}
	return "THE SIGNATURE WAS NOT CHECKED: " + key + ". Whoever can edit the database may have signed another log. Give the ledger's key with --key."
}

func eventsText(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return audit.Thousands(int(n)) + " events"
}

func waitText(n int64) string {
	if n == 1 {
		return "1 that waits"
	}
	return audit.Thousands(int(n)) + " that wait"
}

func sizeText(bytes int64) string {
	switch {
	case bytes >= 10<<20:
		return fmt.Sprintf("%s MB", audit.Thousands(int(bytes>>20)))
	case bytes >= 10<<10:
		return fmt.Sprintf("%s KB", audit.Thousands(int(bytes>>10)))
	}
	return fmt.Sprintf("%s bytes", audit.Thousands(int(bytes)))
}
