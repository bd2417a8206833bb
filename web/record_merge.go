package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// recordMergePage makes one record of two: first the other one is chosen, then what stays of both.
type recordMergePage struct {
	Base
	Word    audit.Word
	Name    string
	Path    string // of this page
	Back    string
	Search  string
	Doubles []mergeCandidate // that look like the same
	Found   []mergeCandidate // by the search; nil before one
	// Plan is nil while the other one is not chosen.
	Plan *mergePreview
}

// mergeCandidate is a record that this one could be merged with.
type mergeCandidate struct {
	Href   string
	Record string // its own page
	Name   string
	Cells  []shownValue
	Why    string // "the same phone number"; "" for one that was searched for
}

// mergePreview is what a merge would do.
type mergePreview struct {
	Winner, Loser navLink
	Other         audit.RecordID // the loser's
	Swap          string         // the same the other way round
	Fields        []mergeChoice
	Moves         []string
	Token         string
	Days          int
	Problem       *formErrors
	Last          *lastWord // nil where nothing is lost for good
}

// mergeChoice is one field in which the two differ.
type mergeChoice struct {
	Key, Label string
	Sides      []mergeSide
}

type mergeSide struct {
	Value  crm.Side
	Label  string
	Shown  shownValue
	Chosen bool
}

// sideField begins the names of the fields of the form that choose.
const sideField = "side."

func (s *site) recordMergeAsk(view *objectView) handler {
	return func(v *visit) error {
		rec, err := s.recordToWrite(v, view)
		if err != nil {
			return err
		}
		query := v.URL.Query()
		if with := audit.RecordID(query.Get("with")); with != "" {
			return s.showMerge(v, view, rec, crm.Merge{Winner: rec.ID, Loser: with}, nil)
		}
		page := s.mergePage(v, view, rec)
		page.Search = strings.TrimSpace(query.Get("q"))
		if page.Doubles, err = s.doublesOf(v, view, rec, page); err != nil {
			return err
		}
		if page.Search != "" {
			found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: view.object, Words: firstWords(page.Search), Sort: "name", Limit: maxCandidates})
			if err != nil {
				return err
			}
			page.Found = []mergeCandidate{}
			for _, other := range found {
				if other.ID != rec.ID {
					page.Found = append(page.Found, s.mergeCandidate(view, page, other, ""))
				}
			}
		}
		return v.render(http.StatusOK, "record_merge", page)
	}
}

func (s *site) mergePage(v *visit, view *objectView, rec *crm.Record) *recordMergePage {
	return &recordMergePage{Base: s.base(v, "Merge "+rec.Name, view.nav), Word: view.object.Word(), Name: rec.Name,
		Path: view.address(rec.ID) + "/merge", Back: view.address(rec.ID)}
}

func (s *site) mergeCandidate(view *objectView, page *recordMergePage, rec *crm.Record, why string) mergeCandidate {
	c := mergeCandidate{Href: page.Path + "?with=" + string(rec.ID), Record: view.address(rec.ID), Name: rec.Name, Why: why}
	for _, key := range []string{"email", "phone", "city"} {
		if shown := page.show(view, rec, key, nil); shown.Kind != "" {
			c.Cells = append(c.Cells, shown)
		}
	}
	return c
}

// doublesOf are the records that look like the same as rec: by their phone number, or by their name.
func (s *site) doublesOf(v *visit, view *objectView, rec *crm.Record, page *recordMergePage) ([]mergeCandidate, error) {
	var out []mergeCandidate
	seen := map[audit.RecordID]bool{rec.ID: true}
	look := func(q crm.Query, why string, fits func(*crm.Record) bool) error {
		q.Object, q.Sort, q.Limit = view.object, "name", maxCandidates
		found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), q)
		for _, other := range found {
			if !seen[other.ID] && fits(other) {
				seen[other.ID] = true
				out = append(out, s.mergeCandidate(view, page, other, why))
			}
		}
		return err
	}
	if f, ok := view.object.Field("phone"); ok && rec.Fields["phone"] != audit.None {
		q := crm.Query{Where: []crm.Condition{{Field: f, Values: []string{rec.Fields["phone"].Text()}}}}
		if err := look(q, "the same phone number", func(*crm.Record) bool { return true }); err != nil {
			return nil, err
		}
	}
	err := look(crm.Query{Words: firstWords(rec.Name)}, "the same name", func(other *crm.Record) bool { return alike(other.Name, rec.Name) })
	return out, err
}

// showMerge shows what a merge would do; problem is why it was not done, nil for a look.
func (s *site) showMerge(v *visit, view *objectView, rec *crm.Record, m crm.Merge, problem error) error {
	m.Token = ""
	plan, err := s.ws.Engine.PreviewMerge(v.Context(), v.caller(), view.object.Key, m)
	if err != nil {
		return err
	}
	page := s.mergePage(v, view, rec)
	names, err := s.names(v.Context(), v.caller(), view.object, fieldKeys(view.object), plan.Winner, plan.Loser)
	if err != nil {
		return err
	}
	out := &mergePreview{Winner: navLink{plan.Winner.Name, view.address(plan.Winner.ID)}, Loser: navLink{plan.Loser.Name, view.address(plan.Loser.ID)}, Other: plan.Loser.ID,
		Swap: view.address(plan.Loser.ID) + "/merge?with=" + string(plan.Winner.ID), Token: plan.Token, Days: page.Account.RestoreWindowDays,
		Problem: summarizeLast(problem)}
	if out.Last, err = s.lastWordOfMerge(v, view.object.Key, plan.Loser.ID, plan.Loser.Name); err != nil {
		return err
	}
	if errs.Code(problem) == nameDiffers {
		out.Last.missing(url.Values{}) // for the words at the field
	}
	for _, f := range plan.Fields {
		choice := mergeChoice{Key: sideField + f.Field.Key, Label: f.Field.Label}
		for _, side := range f.Sides() {
			from, label := plan.Winner, "That of "+plan.Winner.Name
			switch side {
			case crm.LoserSide:
				from, label = plan.Loser, "That of "+plan.Loser.Name
			case crm.BothSides:
				from, label = plan.Winner.Clone(), "All of both"
				from.Fields[f.Field.Key] = audit.List(audit.SortedSet(append(f.Winner.Strings(), f.Loser.Strings()...)))
			}
			choice.Sides = append(choice.Sides, mergeSide{side, label, page.show(view, from, f.Field.Key, names), side == f.Side})
		}
		out.Fields = append(out.Fields, choice)
	}
	for _, move := range plan.Moves {
		out.Moves = append(out.Moves, move.Object.Word().Count(move.Count))
	}
	page.Plan = out
	return v.render(statusOfForm(problem), "record_merge", page)
}

func (s *site) recordMerge(view *objectView) handler {
	return s.withRecord(view, func(v *visit, form url.Values, rec *crm.Record) error {
		m := crm.Merge{Winner: rec.ID, Loser: audit.RecordID(form.Get("with")), Token: form.Get("token"), Fields: map[string]crm.Side{}}
		for name := range form {
			if key, ok := strings.CutPrefix(name, sideField); ok {
				m.Fields[key] = crm.Side(form.Get(name))
			}
		}
		if loser, err := s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, m.Loser); err == nil { // otherwise the merge says what is wrong
			last, err := s.lastWordOfMerge(v, view.object.Key, loser.ID, loser.Name)
			if err != nil {
				return err
			}
			if err := last.missing(form); err != nil {
				return s.showMerge(v, view, rec, m, err)
			}
		}
		done, err := s.ws.Engine.Merge(v.Context(), v.caller(), view.object.Key, m)
		if errs.Is(err, errs.Conflict) {
			return s.showMerge(v, view, rec, m, err)
		}
		if err != nil {
			return err
		}
		f := Success("Merged the " + view.object.Word().One + " " + audit.Quote(done.Loser.Name) + " into this one.")
		if v.may(audit.AuditRead) {
			f.WithLink(eventAddress(audit.EventID(done.Operation)), "Show it in the audit log")
		}
		return v.redirect(view.address(done.Winner.ID), f)
	})
}
