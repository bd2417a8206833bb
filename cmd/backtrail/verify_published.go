package main

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/publish"
)

// addPublished adds the checkpoints in the folder, when one was named. Each log is read at a later moment than that.
func (c verifyCommand) addPublished(accounts []namedAccount, given map[audit.AccountID][][]byte) error {
	if c.Checkpoints == "" {
		return nil
	}
	folder := publish.NewFolder(c.Checkpoints)
	for _, a := range accounts {
		text, err := folder.Last(a.id)
		if err != nil {
			return err
		}
		if text != nil {
			given[a.id] = append(given[a.id], text)
		}
	}
	return nil
}
