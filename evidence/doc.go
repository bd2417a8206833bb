// Package evidence writes and checks evidence packs: a part of an account's log in one file, which somebody who has no
// access to the database, and trusts nobody who has, can check with nothing but the account's public key.
//
// What is in: the form of the pack, [Write], [Check]. What is out: SQL and the queue (package export makes packs of a
// database), what a leaf is (package audit), trees and signatures (package ledger).
//
// # The pack
//
// A pack is a ZIP file with these entries and no others. docs/ledger.md describes them for another implementation.
//
//	events.csv      the rows as a spreadsheet, newest first: package sheet
//	events.jsonl    the rows as lines from which their leaves can be made, in the order of the ledger
//	headers.jsonl   in a complete pack only: the header of every other event of the stretch, and of the one before it
//	proof.bin       the batch proof of all leaves that these lines make, 32 bytes a hash
//	checkpoint.txt  the signed head of the ledger
//	key.txt         the key, as a copy that proves nothing: who made up a pack would have put theirs there
//	README.txt      what this is, for a person
//	manifest.json   what was asked for, and the SHA-256 of each other file
//
// The entries stand in the order in which they can be written without going back: the manifest needs the hashes of all
// others. They are deflated, also those that get no shorter, because their sizes stand behind them and readers that take
// a ZIP as a stream accept that of deflated entries alone.
//
// # What is trusted
//
// The key that the checker is given, and nothing of the pack. The manifest is not signed: who, when and for which filter
// are claims of whoever made the pack. Its hashes find damage, not deceit. What is proved is that every line of
// events.jsonl is in the ledger under the checkpoint, that events.csv says the same, and, of a complete pack, that every
// place of its stretch is there and none of the headers fits the filter.
package evidence
