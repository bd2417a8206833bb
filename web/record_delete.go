package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// recordDeletePage asks whether a record shall go, and says what goes along.
type recordDeletePage struct {
	Base
	Word   string
	Name   string
	Action string
	Back   string
	Cancel string
	deletion
	Last    *lastWord // nil where nothing is lost for good
	Problem *formErrors
}

// deletion is what deleting a record does beyond the record itself.
type deletion struct {
	Taken   []string // "2 notes"
	Cleared []string // "3 opportunities lose their contact"
	Refused []string // "12 opportunities still in this stage"
	Instead []string // what to do about what refuses, in sentences
	Until   Moment   // until when it can be restored
	Days    int
}

// deletionOf counts what deleting rec does. Counts are of what the visitor may see.
func (s *site) deletionOf(v *visit, b Base, rec *crm.Record) (deletion, error) {
	window := workspace.RestoreWindow(v.id.Account)
	d := deletion{Until: b.Day(s.ws.Recorder.Now().Add(window)), Days: int(window / (24 * time.Hour))}
	for _, o := range v.schema().Objects() {
		for i := range o.Fields {
			f := &o.Fields[i]
			if f.Type != crm.RefType || f.Object != rec.Object {
				continue
			}
			groups, err := s.ws.Engine.Tally(v.Context(), v.caller(),
				crm.Query{Object: o, Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}}}, "", "")
			if err != nil {
				return d, err
			}
			n := 0
			for _, g := range groups {
				n += g.Count
			}
			if n > 0 {
				d.add(o, f, n)
			}
		}
	}
	return d, nil
}

func (d *deletion) add(o *crm.Object, f *crm.Field, n int) {
	count := o.Word().Count(n)
	label := strings.ToLower(f.Label)
	switch f.OnDelete {
	case crm.Cascade:
		d.Taken = append(d.Taken, count)
	case crm.Clear:
		verb, their := "lose", "their"
		if n == 1 {
			verb, their = "loses", "its"
		}
		d.Cleared = append(d.Cleared, fmt.Sprintf("%s %s %s %s", count, verb, their, label))
	case crm.Refuse:
		if f.Instead == "" {
			d.Refused = append(d.Refused, fmt.Sprintf("%s still in this %s", count, label))
			break
		}
		d.Refused = append(d.Refused, fmt.Sprintf("%s with this %s", count, label))
		if !slices.Contains(d.Instead, f.Instead) {
			d.Instead = append(d.Instead, f.Instead)
		}
	}
}

func (s *site) recordDeleteAsk(view *objectView) handler {
	return func(v *visit) error {
		rec, err := s.recordToWrite(v, view)
		if err != nil {
			return err
		}
		last, err := s.lastWordOf(v, rec)
		if err != nil {
			return err
		}
		return s.showDelete(v, view, rec, last, nil)
	}
}

// lastWordOf asks for a record's name when its deletion loses secrets.
func (s *site) lastWordOf(v *visit, rec *crm.Record) (*lastWord, error) {
	return s.lastWordFor(v, crm.Selection{Object: rec.Object, IDs: []audit.RecordID{rec.ID}}, rec.Name)
}

func (s *site) showDelete(v *visit, view *objectView, rec *crm.Record, last *lastWord, problem error) error {
	page := &recordDeletePage{Base: s.base(v, "Delete "+rec.Name, view.nav), Word: view.object.Word().One, Name: rec.Name,
		Action: view.address(rec.ID) + "/delete", Back: v.back(), Cancel: view.after(rec), Last: last, Problem: summarizeLast(problem)}
	var err error
	if page.deletion, err = s.deletionOf(v, page.Base, rec); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "record_delete", page)
}

func (s *site) recordDelete(view *objectView) handler {
	return func(v *visit) error {
		form, err := v.form()
		if err != nil {
			return err
		}
		rec, err := s.recordToWrite(v, view)
		if err != nil {
			return err
		}
		last, err := s.lastWordOf(v, rec)
		if err != nil {
			return err
		}
		if err := last.missing(form); err != nil {
			return s.showDelete(v, view, rec, last, err)
		}
		done, err := s.ws.Engine.Delete(v.Context(), v.caller(), view.object.Key, rec.ID)
		if errs.Is(err, errs.Conflict) {
			return s.showDelete(v, view, rec, last, err)
		}
		if err != nil {
			return err
		}
		to := v.back()
		if to == "" {
			to = view.listPath()
			if view.part != "" {
				to = view.after(rec)
			}
		}
		return v.redirect(to, s.deleted(v, rec, done))
	}
}

// deleted is the message after a deletion: what went, until when it can come back, and where.
func (s *site) deleted(v *visit, rec *crm.Record, done crm.Deletion) *Flash {
	along := maps.Clone(done.Counts)
	if along[rec.Object]--; along[rec.Object] <= 0 {
		delete(along, rec.Object)
	}
	with := ""
	if len(along) > 0 {
		with = " with " + countsInWords(v.schema(), along)
	}
	o, _ := v.schema().Object(rec.Object)
	until := s.ws.Recorder.Now().Add(workspace.RestoreWindow(v.id.Account)).In(workspace.Zone(v.id.Account))
	f := Success(fmt.Sprintf("Deleted the %s %s%s. It can be restored until %s.", o.Word().One, audit.Quote(rec.Name), with, until.Format("2 January 2006")))
	if v.may(audit.AuditRead) {
		f.WithLink("/settings/audit-logs?operation="+string(done.Operation), "Show it in the audit log")
	}
	return f
}
