package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
)

// Verification is a check of the whole log, under way or done.
type Verification struct {
	ID          jobs.ID            `json:"id"`
	Status      jobs.Status        `json:"status" enum:"queued,running,done,failed,cancelled"`
	RequestedBy ActorRef           `json:"requested_by"`
	Progress    Progress           `json:"progress"`
	Report      verificationReport `json:"report"`
	Error       *string            `json:"error" doc:"Why it could not be done"`
	CreatedAt   string             `json:"created_at" format:"date-time"`
	FinishedAt  *string            `json:"finished_at" format:"date-time"`
}

// VerificationReport is what a verification found.
type VerificationReport struct {
	OK          bool                  `json:"ok" doc:"Nothing is wrong"`
	Size        int64                 `json:"size" doc:"Of the ledger"`
	Root        string                `json:"root" doc:"Of its tree, in base64"`
	Checkpoint  string                `json:"checkpoint" doc:"The signed head that was verified"`
	Events      int64                 `json:"events" doc:"Sealed events that were read"`
	Waiting     int64                 `json:"waiting" doc:"Events that waited to be sealed"`
	Bytes       int64                 `json:"bytes" doc:"Of the events"`
	KeyChecked  bool                  `json:"key_checked" doc:"The signature was checked; false on a server that does not have the key"`
	Checkpoints int                   `json:"checkpoints" doc:"Of those that were given, the ones that agree"`
	Findings    []VerificationFinding `json:"findings" doc:"What is wrong"`
	More        int64                 `json:"more" doc:"Further findings that are not listed"`
}

// VerificationFinding is one thing that is wrong.
type VerificationFinding struct {
	Kind   integrity.Kind `json:"kind" enum:"changed,column,missing,inserted,reordered,cut_off,rolled_back,tree,head,signature,checkpoint,waiting,unreadable"`
	Seq    *int64         `json:"seq" doc:"The place in the ledger"`
	Event  *audit.EventID `json:"event" doc:"Id of the event"`
	Detail string         `json:"detail"`
}

// verificationReport is a report, or null.
type verificationReport struct{ *integrity.Report }

// Schema implements huma.SchemaProvider.
func (verificationReport) Schema(r huma.Registry) *huma.Schema {
	return orNull(r.Schema(reflect.TypeFor[VerificationReport](), true, "VerificationReport"))
}

// MarshalJSON says the report, or null.
func (v verificationReport) MarshalJSON() ([]byte, error) {
	if v.Report == nil {
		return []byte("null"), nil
	}
	r := v.Report
	out := VerificationReport{OK: r.OK(), Size: r.Size, Root: r.Root.String(), Checkpoint: string(r.Checkpoint), Events: r.Events, Waiting: r.Waiting,
		Bytes: r.Bytes, KeyChecked: r.KeyChecked, Checkpoints: r.Checkpoints, Findings: []VerificationFinding{}, More: r.More}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, VerificationFinding{f.Kind, nullable(f.Seq), nullable(f.Event), f.Detail})
	}
	return json.Marshal(out)
}

func verificationOf(v integrity.Verification) Verification {
	return Verification{ID: v.ID, Status: v.Status, RequestedBy: refOf(v.RequestedBy),
		Progress: Progress(v.Progress), Report: verificationReport{v.Report}, Error: nullable(v.Error),
		CreatedAt: timeText(v.CreatedAt), FinishedAt: nullableTime(v.FinishedAt)}
}

type verificationAnswer struct{ Body Verification }

type verifyBody struct {
	Checkpoint string `json:"checkpoint,omitempty" doc:"A checkpoint that was kept: the log must still be what it says, or have grown out of it"`
}

func (a *API) verify(ctx context.Context, in *struct{ Body *verifyBody }) (*verificationAnswer, error) {
	var checkpoint []byte
	if in.Body != nil && in.Body.Checkpoint != "" {
		checkpoint = []byte(in.Body.Checkpoint)
	}
	v, err := a.Integrity.RequestVerify(ctx, callerOf(ctx), checkpoint)
	return &verificationAnswer{verificationOf(v)}, err
}

// VerificationPath names a verification in the address.
type VerificationPath struct {
	ID jobs.ID `path:"id" doc:"Id of the verification"`
}

// A report quotes the events that something is wrong with, so it is shown as they are: by the door to the log.

func (a *API) getVerification(ctx context.Context, in *VerificationPath) (*verificationAnswer, error) {
	if err := a.readWholeLog(ctx); err != nil {
		return nil, err
	}
	v, err := a.Integrity.Verification(ctx, callerOf(ctx), in.ID)
	return &verificationAnswer{verificationOf(v)}, err
}

func (a *API) cancelVerification(ctx context.Context, in *VerificationPath) (*none, error) {
	return &none{}, a.Integrity.CancelVerify(ctx, callerOf(ctx), in.ID)
}

// VerificationPage is a page of verifications.
type VerificationPage struct {
	Verifications []Verification `json:"verifications"`
	NextCursor    *string        `json:"next_cursor" doc:"For the next page; null at the end"`
}

type verificationsAnswer struct{ Body VerificationPage }

func (a *API) listVerifications(ctx context.Context, in *Paging) (*verificationsAnswer, error) {
	if err := a.readWholeLog(ctx); err != nil {
		return nil, err
	}
	caller := callerOf(ctx)
	var after jobs.ID
	if err := readCursor(in.Cursor, &after, caller.Account, "verifications"); err != nil {
		return nil, err
	}
	found, err := a.Integrity.Verifications(ctx, caller, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &verificationsAnswer{VerificationPage{Verifications: []Verification{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = cursorOf(found[in.Limit-1].ID, caller.Account, "verifications")
	}
	for _, v := range found {
		out.Body.Verifications = append(out.Body.Verifications, verificationOf(v))
	}
	return out, nil
}
