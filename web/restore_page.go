package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/takeback"
)

// takeBackPage previews what a restore or an undo does, and asks what stands in its way.
type takeBackPage struct {
	Base
	Undo    bool
	Whole   bool
	Heading string
	Verb    string      // on the button
	Merge   string      // of an un-merge: the name of the record that the other one was merged into
	Entry   *auditEntry // what is taken back; nil for several
	Several []pickedDeletion
	Done    *auditEntry
	State   string
	Until   when
	Whom    string // to ask when it is too late
	Back    string // the entry's page, or the list
	BackTo  string // in words
	Action  string // where the form goes

	Notice     string
	NoticeKind string
	Refused    string   // why it cannot be done with these choices
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
	Large      string // how many steps it has, when it is done in the background
	Token      string
	Seen       string
}

// pickedDeletion is one of several deletions that are restored together.
type pickedDeletion struct {
	Entry auditEntry
	State string
	Until when
}

// takeBackForm is what the form of the page says.
type takeBackForm struct {
	request   restore.Request
	decisions []decision
	apply     bool
	large     bool // as the preview said
	seen      string
}

func readTakeBack(form url.Values) (takeBackForm, error) {
	decisions, err := decisionsOf(form)
	f := takeBackForm{decisions: decisions, apply: form.Get("do") == "apply", large: form.Get("large") != "", seen: form.Get("seen")}
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

// takeBack shows the preview of a scope, and takes it back.
func (s *site) takeBack(v *visit, sc restore.Scope) error {
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
		return s.showTakeBack(v, sc, form, nil)
	}
	if form.request.Token == "" || form.seen != form.fingerprint() {
		return s.showTakeBack(v, sc, form, errs.New(errs.Conflict, "choices_changed", "Your choices changed the plan: this is the new preview.").
			WithFix("Look at it and confirm again."))
	}
	if form.request.Fields != nil && len(form.request.Fields) == 0 {
		return s.showTakeBack(v, sc, form, errs.InvalidField("fields", "required", "Choose at least one field."))
	}
	to, flash, err := s.applyTakeBack(v, sc, form)
	if err != nil {
		if k := errs.Of(err).Kind; k == errs.Conflict || k == errs.Gone || k == errs.Invalid {
			return s.showTakeBack(v, sc, form, errs.Of(err))
		}
		return err
	}
	return v.redirect(to, flash)
}

// applyTakeBack does it at once, or in the background what is large, and says where to go then.
func (s *site) applyTakeBack(v *visit, sc restore.Scope, form takeBackForm) (string, *Flash, error) {
	if form.large {
		j, err := s.ws.TakeBack.Enqueue(v.Context(), v.caller(), sc, form.request)
		if errs.Code(err) == "other_choices" {
			return restoreJobAddress(errs.Of(err).Extra[takeback.JobKey].(jobs.ID)), Warning(errs.Of(err).Detail + " " + errs.Of(err).Fix), nil
		}
		if err != nil {
			return "", nil, err
		}
		return restoreJobAddress(j.ID), nil, nil
	}
	plan, err := s.ws.Restore.ApplyScope(v.Context(), v.caller(), sc, form.request)
	if err != nil {
		return "", nil, err
	}
	return eventAddress(plan.Applied), v.takenBack(sc, plan), nil
}

// takenBack is the message after it was done.
func (v *visit) takenBack(sc restore.Scope, p *restore.Plan) *Flash {
	f := Success(takenBackWords(v.schema(), sc, p))
	if to := recordAddress(p.Record.Object, p.Record.ID); to != "" && p.Deletions == nil {
		return f.WithLink(to, "Open "+p.Record.Name)
	}
	return f.WithLink(operationList(p.Operation), "See all that was done")
}

func takenBackWords(schema *crm.Schema, sc restore.Scope, p *restore.Plan) string {
	switch {
	case p.Merge != nil:
		return "Un-merged: " + audit.Quote(p.Record.Name) + " is there again beside " + audit.Quote(p.Merge.Name) + "."
	case sc.Undo:
		return "Undone: the earlier values of " + restoredWords(schema, p) + " are back."
	}
	return "Restored " + restoredWords(schema, p) + "."
}

func restoredWords(schema *crm.Schema, p *restore.Plan) string {
	counts := map[string]int{}
	for _, c := range p.Restores {
		counts[c.Object] += c.Count
	}
	return countsInWords(schema, counts)
}

// showTakeBack shows the preview of what the form asks for; problem is why it was not done, nil for a look.
func (s *site) showTakeBack(v *visit, sc restore.Scope, form takeBackForm, problem *errs.Error) error {
	form.request.Token = ""
	plan, err := s.ws.Restore.PreviewScope(v.Context(), v.caller(), sc, form.request)
	if errs.Is(err, errs.Invalid) && v.Method == http.MethodPost {
		// A value for another name that will not do: the choice is still open.
		problem = errs.Of(err)
		form.request.Resolutions = slices.DeleteFunc(slices.Clone(form.request.Resolutions), func(r restore.Resolution) bool { return r.Choose == restore.Rename })
		plan, err = s.ws.Restore.PreviewScope(v.Context(), v.caller(), sc, form.request)
	}
	if err != nil {
		return err
	}
	page, err := s.takeBackPage(v, sc, plan, form)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != nil {
		status = problem.Kind.Status()
		page.NoticeKind, page.Notice = "warning", problem.Detail+" "+problem.Fix
	}
	if sc.Undo && !page.Whole && plan.Merge == nil && page.State == string(restore.Available) {
		if err := s.fieldChoices(v, sc, form, page); err != nil {
			return err
		}
	}
	return v.render(status, "restore", page)
}

func (s *site) takeBackPage(v *visit, sc restore.Scope, plan *restore.Plan, form takeBackForm) (*takeBackPage, error) {
	heading := "Restore"
	if sc.Undo {
		heading = "Undo"
	}
	verb := heading
	if plan.Merge != nil {
		heading, verb, sc.Undo = "Un-merge", "Un-merge", false
	}
	page := &takeBackPage{Base: s.base(v, heading, "audit"), Undo: sc.Undo, Whole: sc.Event == "", Heading: heading, Verb: verb, State: string(plan.State),
		Whom: s.contact(), Back: eventAddress(plan.Event), BackTo: "Entry", Action: v.URL.RequestURI(), Token: plan.Token, Seen: form.fingerprint(),
		Groups: conflictGroups(v.schema(), plan, form.decisions), Earlier: earlierChoices(form.decisions, plan),
		Unresolved: plan.Unresolved, Unlisted: plan.ConflictsTotal - len(plan.Conflicts)}
	if plan.Steps > takeback.Large {
		page.Large = audit.Thousands(plan.Steps)
	}
	if plan.Refused != nil {
		page.Refused = plan.Refused.Detail + " " + plan.Refused.Fix
	}
	m := s.entries(v, nil)
	page.Until = m.clock.short(plan.Until)
	if err := s.whatIsTakenBack(v, m, plan, page); err != nil {
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
	if sc.Undo || plan.Merge != nil {
		page.Fields, page.MoreFields = fieldLines(plan.Fields)
	}
	return page, nil
}

// whatIsTakenBack names the entry, or the several deletions.
func (s *site) whatIsTakenBack(v *visit, m *entryMaker, plan *restore.Plan, page *takeBackPage) (err error) {
	log, account := s.logFor(v.caller()), v.caller().Account
	if plan.Deletions == nil {
		if page.Entry, err = m.link(plan.Event); err != nil {
			return err
		}
		stored, err := log.Event(v.Context(), account, plan.Event)
		if err != nil {
			return err
		}
		page.Done, err = m.link(stored.UndoneBy)
		return err
	}
	page.Back, page.BackTo = deletedPath, "Deleted"
	for _, d := range plan.Deletions {
		entry, err := m.link(d.Event)
		if err != nil {
			return err
		}
		page.Several = append(page.Several, pickedDeletion{*entry, string(d.State), m.clock.short(d.Until)})
	}
	return nil
}
