// Package crm is the record engine: objects as data, and the one way to change a record.
//
// Engine.Do is the write door. It opens one transaction and hands out an Operation; what the operation creates,
// updates, deletes and restores, and the events that say so, commit together or not at all. Nothing else writes
// records.
//
// What is in: objects, fields and their types, validation, references with what happens to them on deletion, unique
// values, cascades, the rules that turn a write into events, and Fold, which makes the records again from the events.
// What is out: SQL (package store keeps the promises that Store and Tx state), the built-in objects (package modules),
// the planning of a restore (package restore).
package crm
