package automation

import (
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workflow"
)

// RunID is the id of a run. A later run of an account has a higher one.
type RunID string

// Status is the state of a run.
type Status string

// The states of a run.
const (
	Running Status = "running" // its next step is due
	Waiting Status = "waiting" // for DueAt: a wait, or another try
	Done    Status = "done"
	Failed  Status = "failed"  // Reason says why; workflow.failed is in the log
	Stopped Status = "stopped" // Reason says why
)

// Statuses lists them.
var Statuses = []Status{Running, Waiting, Done, Failed, Stopped}

// Open reports whether there is more to do.
func (s Status) Open() bool { return s == Running || s == Waiting }

// Why runs stop.
const (
	wasDeleted     = "The workflow was deleted."
	wasSwitchedOff = "The workflow was switched off."
)

// Run is one passage through a workflow, begun by one event.
type Run struct {
	Account  audit.AccountID
	ID       RunID
	Workflow audit.RecordID
	Name     string // of the workflow, then
	Event    audit.EventID
	Type     audit.Type // of the event
	Subject  string     // the event's description
	// Record is what the event is about, nil for nothing.
	Record *audit.Ref
	// Depth is how many workflows stand behind the events that its steps make, itself among them.
	Depth int
	// Steps are those of the workflow when the run began: it goes on with them, whatever becomes of the workflow.
	Steps []workflow.Step
	// Next is the step to do, from 0.
	Next     int
	Status   Status
	Attempts int // of the step
	// DueAt is when the next step is to be done; while a webhook is called, when another server may try.
	DueAt     time.Time
	Reason    string // why it failed, stopped, or tries again
	StartedAt time.Time
	EndedAt   time.Time // zero while it is open
	Trail     []Trace
	// Claim counts up with each write: who has seen an older one writes nothing.
	Claim int64
}

// Trace is what came of one step.
type Trace struct {
	Step   int           `json:"step"`
	Action string        `json:"action"`
	At     time.Time     `json:"at"`
	Event  audit.EventID `json:"event,omitempty"` // the leading event of what it did, "" for nothing
	Note   string        `json:"note,omitempty"`  // what came of it where no event says it
	Failed bool          `json:"failed,omitempty"`
}
