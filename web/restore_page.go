package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// takeBack is one of the four ways to take something back: a deletion or a change, alone or with its operation.
type takeBack struct {
	undo    bool
	whole   bool
	preview func(context.Context, audit.Caller, string, restore.Request) (*restore.Plan, error)
	apply   func(context.Context, audit.Caller, string, restore.Request) (*restore.Plan, error)
}

// by adapts a method of restore.Service to ids of either kind.
func by[ID ~string](f func(context.Context, audit.Caller, ID, restore.Request) (*restore.Plan, error)) func(context.Context, audit.Caller, string, restore.Request) (*restore.Plan, error) {
	return func(ctx context.Context, c audit.Caller, id string, r restore.Request) (*restore.Plan, error) {
		return f(ctx, c, ID(id), r)
	}
}

func (s *site) restoreEvent(v *visit) error {
	return s.takeBack(v, takeBack{preview: by(s.ws.Restore.Preview), apply: by(s.ws.Restore.Apply)})
}

func (s *site) restoreOperation(v *visit) error {
	return s.takeBack(v, takeBack{whole: true, preview: by(s.ws.Restore.PreviewOperation), apply: by(s.ws.Restore.ApplyOperation)})
}

func (s *site) undoEvent(v *visit) error {
	return s.takeBack(v, takeBack{undo: true, preview: by(s.ws.Restore.PreviewUndo), apply: by(s.ws.Restore.Undo)})
}

func (s *site) undoOperation(v *visit) error {
	return s.takeBack(v, takeBack{undo: true, whole: true, preview: by(s.ws.Restore.PreviewUndoOperation), apply: by(s.ws.Restore.UndoOperation)})
}

// takeBackPage previews what a restore or an undo does, and asks what stands in its way.
type takeBackPage struct {
	Base
	Undo    bool
	Whole   bool
	Heading string
	Verb    string     // on the button
	Merge   string     // of an un-merge: the name of the record that the other one was merged into
	Entry   auditEntry // what is taken back
	Done    *auditEntry
	State   string
	Until   when
	Whom    string // to ask when it is too late
	Back    string // the entry's page
	Action  string // where the form goes

	Notice     string
	NoticeKind string
	Restores   []string // "1 pipeline", "5 stages"
	Relinks    string
	Kept       string
	Secrets    []string // "PIN of 3 doors"
	Fields     []fieldChoice
	MoreFields int
	Groups     []conflictGroup
	Unlisted   int // conflicts that a group decides without listing them
	Earlier    []earlierChoice
	Unresolved int
	Token      string
	Seen       string
}

// takeBackForm is what the form of the page says.
type takeBackForm struct {
	request   restore.Request
	decisions []decision
	apply     bool
	seen      string
}

func readTakeBack(form url.Values) (takeBackForm, error) {
	decisions, err := decisionsOf(form)
	f := takeBackForm{decisions: decisions, apply: form.Get("do") == "apply", seen: form.Get("seen")}
	f.request = restore.Request{Resolutions: resolutionsOf(decisions), Token: form.Get("token")}
	if form.Has("choosing") {
		f.request.Fields = append([]string{}, form["field"]...)
	}
	return f, err
}

// fingerprint tells the answers to conflicts apart: what is applied must be what was previewed. The choice of fields is
// left out, because the preview shows each field with what becomes of it.
func (f takeBackForm) fingerprint() string {
	b, err := json.Marshal(f.request.Resolutions)
	if err != nil {
		panic("web: a request: " + err.Error()) // strings
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func (s *site) takeBack(v *visit, t takeBack) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	var form takeBackForm
	if v.Method == http.MethodPost {
		fields, err := v.form()
		if err != nil {
			return err
		}
		if form, err = readTakeBack(fields); err != nil {
			return err
		}
	}
	if !form.apply {
		return s.showTakeBack(v, t, string(id), form, nil)
	}
	if form.request.Token == "" || form.seen != form.fingerprint() {
		return s.showTakeBack(v, t, string(id), form, errs.New(errs.Conflict, "choices_changed", "Your choices changed the plan: this is the new preview.").
			WithFix("Look at it and confirm again."))
	}
	if form.request.Fields != nil && len(form.request.Fields) == 0 {
		return s.showTakeBack(v, t, string(id), form, errs.InvalidField("fields", "required", "Choose at least one field."))
	}
	plan, err := t.apply(v.Context(), v.caller(), string(id), form.request)
	if err != nil {
		if k := errs.Of(err).Kind; k == errs.Conflict || k == errs.Gone || k == errs.Invalid {
			return s.showTakeBack(v, t, string(id), form, errs.Of(err))
		}
		return err
	}
	return v.redirect(eventAddress(plan.Applied), v.takenBack(t, plan))
}

// takenBack is the message after it was done.
func (v *visit) takenBack(t takeBack, p *restore.Plan) *Flash {
	text := "Restored " + restoredWords(v.schema(), p) + "."
	switch {
	case p.Merge != nil:
		text = "Un-merged: " + audit.Quote(p.Record.Name) + " is there again beside " + audit.Quote(p.Merge.Name) + "."
	case t.undo:
		text = "Undone: the earlier values of " + restoredWords(v.schema(), p) + " are back."
	}
	f := Success(text)
	if to := recordAddress(p.Record.Object, p.Record.ID); to != "" {
		return f.WithLink(to, "Open "+p.Record.Name)
	}
	return f.WithLink(operationList(p.Operation), "See all that was done")
}

func restoredWords(schema *crm.Schema, p *restore.Plan) string {
	counts := map[string]int{}
	for _, c := range p.Restores {
		counts[c.Object] += c.Count
	}
	return countsInWords(schema, counts)
}

// showTakeBack shows the preview of what the form asks for; problem is why it was not done, nil for a look.
func (s *site) showTakeBack(v *visit, t takeBack, id string, form takeBackForm, problem *errs.Error) error {
	form.request.Token = ""
	plan, err := t.preview(v.Context(), v.caller(), id, form.request)
	if errs.Is(err, errs.Invalid) && v.Method == http.MethodPost {
		// A value for another name that will not do: the choice is still open.
		problem = errs.Of(err)
		form.request.Resolutions = slices.DeleteFunc(slices.Clone(form.request.Resolutions), func(r restore.Resolution) bool { return r.Choose == restore.Rename })
		plan, err = t.preview(v.Context(), v.caller(), id, form.request)
	}
	if err != nil {
		return err
	}
	page, err := s.takeBackPage(v, t, plan, form)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != nil {
		status = problem.Kind.Status()
		page.NoticeKind, page.Notice = "warning", problem.Detail+" "+problem.Fix
	}
	if !t.whole && t.undo && plan.Merge == nil && page.State == string(restore.Available) {
		if err := s.fieldChoices(v, t, id, form, page); err != nil {
			return err
		}
	}
	return v.render(status, "restore", page)
}

func (s *site) takeBackPage(v *visit, t takeBack, plan *restore.Plan, form takeBackForm) (*takeBackPage, error) {
	heading := "Restore"
	if t.undo {
		heading = "Undo"
	}
	verb := heading
	if plan.Merge != nil {
		heading, verb, t.undo = "Un-merge", "Un-merge", false
	}
	page := &takeBackPage{Base: s.base(v, heading, "audit"), Undo: t.undo, Whole: t.whole, Heading: heading, Verb: verb, State: string(plan.State),
		Whom: s.contact(), Back: eventAddress(plan.Event), Action: v.URL.Path, Token: plan.Token, Seen: form.fingerprint(),
		Groups: conflictGroups(v.schema(), plan, form.decisions), Earlier: earlierChoices(form.decisions, plan),
		Unresolved: plan.Unresolved, Unlisted: plan.ConflictsTotal - len(plan.Conflicts)}
	m := s.entries(v, nil)
	page.Until = m.clock.short(plan.Until)
	entry, err := m.link(plan.Event)
	if err != nil {
		return nil, err
	}
	page.Entry = *entry
	stored, err := s.logFor(v.caller()).Event(v.Context(), v.caller().Account, plan.Event)
	if err != nil {
		return nil, err
	}
	if page.Done, err = m.link(stored.UndoneBy); err != nil {
		return nil, err
	}
	for _, c := range plan.Restores {
		page.Restores = append(page.Restores, objectWord(v.schema(), c.Object).Count(c.Count))
	}
	if plan.Relinks > 0 {
		page.Relinks = audit.Word{One: "link", Many: "links"}.Count(plan.Relinks)
	}
	if plan.Merge != nil {
		page.Merge = plan.Merge.Name
	}
	if plan.Kept > 0 {
		page.Kept = audit.Word{One: "link", Many: "links"}.Count(plan.Kept)
	}
	for _, secret := range plan.Secrets {
		page.Secrets = append(page.Secrets, secret.Label+" of "+objectWord(v.schema(), secret.Object).Count(secret.Records))
	}
	if t.undo || plan.Merge != nil {
		page.Fields, page.MoreFields = fieldLines(plan.Fields)
	}
	return page, nil
}
