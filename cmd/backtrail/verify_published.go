package main

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// addPublished adds the checkpoints that the server published, from the folder that was named or, if it is there, the
// one that a server on this database uses: of the accounts that are to be checked, or of all. It is read before the
// database, which may go on meanwhile.
func (c verifyCommand) addPublished(given map[audit.AccountID][][]byte, only audit.AccountID) error {
	folder, err := c.folder(c.DB)
	if err != nil && c.Checkpoints == "" {
		return nil // nobody knows of a folder
	}
	if err != nil {
		return err
	}
	accounts, err := folder.Accounts()
	if err != nil {
		return err
	}
	for _, id := range accounts {
		if len(c.Account) > 0 && !slices.Contains(c.Account, id) || only != "" && id != only {
			continue
		}
		text, err := folder.Last(id)
		if err != nil {
			return err
		}
		if text != nil {
			given[id] = append(given[id], text)
		}
	}
	return nil
}
