package alerts

import (
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Per says whose entries are counted together.
type Per string

// The ways of counting.
const (
	Together        Per = "all"               // all of them
	PerPerson       Per = "person"            // each person, or other actor, by itself
	PerAddress      Per = "address"           // each IP address by itself; entries without one do not count
	PersonOrAddress Per = "person_or_address" // both: whichever comes to the number first
)

// Pers lists them.
var Pers = []Per{Together, PerPerson, PerAddress, PersonOrAddress}

// Condition is when an alert fires: with every entry (Count 1), or when Count of them lie within Minutes.
type Condition struct {
	Count   int
	Minutes int // 0 with every entry
	Per     Per
}

// window is how close entries must lie.
func (c Condition) window() time.Duration { return time.Duration(c.Minutes) * time.Minute }

// Every reports whether each entry fires.
func (c Condition) Every() bool { return c.Count == 1 }

var entries = audit.Word{One: "entry", Many: "entries"}
var minutes = audit.Word{One: "minute", Many: "minutes"}

// Words is the condition as part of a sentence: "10 entries within 5 minutes by one person".
func (c Condition) Words() string {
	if c.Every() {
		return "every entry"
	}
	return fmt.Sprintf("%s within %s%s", entries.Count(c.Count), minutes.Count(c.Minutes), map[Per]string{
		PerPerson: " by one person", PerAddress: " from one address", PersonOrAddress: " by one person or from one address"}[c.Per])
}
