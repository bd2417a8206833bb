// Package drill tries out whether the check of a ledger notices when somebody cheats.
//
// It works on a copy, never on the log itself: Run copies a log into a throw-away SQLite file, whatever database it is
// from, and signs the copy with a key made for the drill. Each cheat is done to a fresh copy of that file, by plain SQL
// and with the triggers dropped, as somebody would who may write to the database; then integrity.Check looks at it.
package drill
