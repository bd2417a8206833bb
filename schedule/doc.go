// Package schedule is appointments as they lie in time: those of a stretch, and which get in each other's way.
//
// What is in: reading appointments by when they are, conflicts, and the colours of calendars. What is out: days and hours
// as a time zone has them (package calendar), how anything is shown, and every write: the engine makes and moves
// appointments as all records.
//
// A conflict is two appointments of the same person at the same time. It is told, and never forbidden.
package schedule
