package publish

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/mail"
)

// letterOf is the mail that brings a checkpoint. It is kept for years by people who do not know the product: it says
// what it is for.
func letterOf(account audit.AccountID, name, to string, signed integrity.Signed) mail.Letter {
	name = strings.Join(strings.FieldsFunc(name, unicode.IsSpace), " ")
	return mail.Letter{
		To:        to,
		Subject:   fmt.Sprintf("Checkpoint of the audit log of %s: %s", name, events(signed.Size)),
		Text:      fmt.Sprintf(letterText, name, events(signed.Size), signed.Checkpoint, account, signed.Size),
		Automatic: true,
		Attachments: []mail.Attachment{{Name: fmt.Sprintf("%s-%d.checkpoint", account, signed.Size), Type: "text/plain",
			Content: signed.Checkpoint}},
	}
}

const letterText = `This is a checkpoint of the audit log of %s. It stands for the first %s of the log:

%s
The server signed it. Nobody can change, remove or insert one of these events without getting another checkpoint, not even
who runs the server. So please keep this mail where they cannot reach it. Nothing else has to be done.

To check the log against it later, save the attachment and let whoever runs the server run

  backtrail verify --db URL --checkpoint FILE

for the account %s. The key that signed it is the one that was handed out for the account's ledger; take it from where
you got it first, not from a mail.

A later checkpoint never has fewer events than this one (%d). If one ever has, the database was put back to an older state.
`
