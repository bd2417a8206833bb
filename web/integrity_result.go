package web

import (
	"net/http"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/workspace"
)

// verification is one check of the whole log.
type verification struct {
	ID      jobs.ID
	Address string
	Word    string
	Class   string // of its badge
	Active  bool
	Done    string // entries so far
	Percent int64  // -1 while it is not known
	Who     auditActor
	Asked   when
	Ended   when
	Took    string
	Given   bool // it was compared with a checkpoint that somebody kept
	Error   string
	// What it found, nil until it is done.
	Result *verificationResult
}

// verificationResult is what a verification found.
type verificationResult struct {
	OK         bool
	Problems   string // how many
	Entries    string // "5,678 entries"
	Count      string // "5,678"
	Waiting    string // "" for none
	Bytes      string
	Agrees     bool // the checkpoint that was given is of this log
	KeyChecked bool
	Findings   []finding
	More       string // how many are not listed; "" for none
}

// finding is one thing that is wrong.
type finding struct {
	Word   string
	Place  int64  // 0 for none
	Entry  string // the address of the entry; "" when there is none to look at
	Detail string
}

// findingKinds say in a word or two what is wrong, and whether there is an entry to look at.
var findingKinds = map[integrity.Kind]struct {
	word  string
	entry bool
}{
	integrity.Changed:    {"Changed", true},
	integrity.Column:     {"Column changed", true},
	integrity.Missing:    {"Taken out", false},
	integrity.Inserted:   {"Put in", true},
	integrity.Reordered:  {"Moved", true},
	integrity.CutOff:     {"Cut off at the end", false},
	integrity.RolledBack: {"Put back to an older state", false},
	integrity.Tree:       {"A hash changed", false},
	integrity.Head:       {"The head changed", false},
	integrity.Signature:  {"Wrong signature", false},
	integrity.Checkpoint: {"Another history", false},
	integrity.Waiting:    {"Changed while it waited", true},
	integrity.Unreadable: {"Cannot be read", false},
}

func (c clock) verification(v integrity.Verification) verification {
	state := exportStates[v.Status]
	out := verification{ID: v.ID, Address: integrityPath + "/" + string(v.ID), Word: state.word, Class: state.class, Active: !v.Status.Final(),
		Done: entries.Count(int(v.Progress.Done)), Percent: -1, Who: actorOf(v.RequestedBy), Asked: c.short(v.CreatedAt), Ended: c.full(v.FinishedAt),
		Given: v.Given != nil, Error: v.Error}
	if v.Progress.Total > 0 {
		out.Percent = min(100, v.Progress.Done*100/v.Progress.Total)
	}
	if !v.StartedAt.IsZero() && !v.FinishedAt.IsZero() {
		out.Took = took(v.FinishedAt.Sub(v.StartedAt))
	}
	if v.Report == nil {
		return out
	}
	out.Result = resultOf(v.Report)
	out.Word, out.Class = "Nothing wrong", "created"
	if !out.Result.OK {
		out.Word, out.Class = out.Result.Problems, "deleted"
	}
	return out
}

func took(d time.Duration) string {
	if d < time.Second {
		return "under a second"
	}
	return span(d)
}

func resultOf(r *integrity.Report) *verificationResult {
	out := &verificationResult{OK: r.OK(), Problems: audit.Word{One: "problem", Many: "problems"}.Count(len(r.Findings) + int(r.More)),
		Entries: entries.Count(int(r.Events)), Count: audit.Thousands(int(r.Events)), Bytes: bytesInWords(r.Bytes), Agrees: r.Checkpoints > 0, KeyChecked: r.KeyChecked}
	if r.Waiting > 0 {
		out.Waiting = entries.Count(int(r.Waiting))
	}
	if r.More > 0 {
		out.More = audit.Thousands(int(r.More))
	}
	for _, f := range r.Findings {
		kind, known := findingKinds[f.Kind]
		shown := finding{Word: kind.word, Place: f.Seq, Detail: f.Detail}
		if !known {
			shown.Word = title(f.Kind)
		}
		if kind.entry && audit.ValidID(f.Event) {
			shown.Entry = eventAddress(f.Event)
		}
		out.Findings = append(out.Findings, shown)
	}
	return out
}

// verificationPage is one verification.
type verificationPage struct {
	Base
	Tab       string
	One       verification
	MayVerify bool
}

func (s *site) verification(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	found, err := s.ws.Integrity.Verification(v.Context(), v.caller(), jobs.ID(id))
	if err != nil {
		return err
	}
	page := &verificationPage{Base: s.base(v, "Verification of the audit log", "audit"), Tab: "integrity",
		One: clock{s.now(), workspace.Zone(v.id.Account)}.verification(found), MayVerify: v.may(audit.AuditManage)}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "audit_verification", "verification", page)
	}
	return v.render(http.StatusOK, "audit_verification", page)
}
