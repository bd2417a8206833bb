package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// tagsPart is a record's tags, each with the way to take it off.
type tagsPart struct {
	Action string // "" when the visitor may not change them
	Filter string // of the list by a tag, which is added to it
	Tags   []string
	Known  []string // what is offered while typing
	Error  string
}

func (view *objectView) hasTagsPart() bool {
	f, ok := view.object.Field("tags")
	return ok && f.Type == crm.Tags
}

func (s *site) fillTags(v *visit, view *objectView, rec *crm.Record, page *recordPage) (err error) {
	page.Tags, err = s.tagsOf(v, view, rec)
	return err
}

func (s *site) tagsOf(v *visit, view *objectView, rec *crm.Record) (*tagsPart, error) {
	if !view.hasTagsPart() {
		return nil, nil
	}
	part := &tagsPart{Tags: rec.Fields["tags"].Strings(), Filter: view.listPath() + "?tags="}
	if !v.mayWrite(view.object) {
		return part, nil
	}
	part.Action = view.address(rec.ID) + "/tags"
	f, _ := view.object.Field("tags")
	known, err := s.tagsInUse(v, view.object, f)
	part.Known = slices.DeleteFunc(known, func(tag string) bool { return slices.Contains(part.Tags, tag) })
	return part, err
}

// recordTags adds tags to a record, or takes one off, whatever else happened to it in the meantime.
func (s *site) recordTags(view *objectView) handler {
	return func(v *visit) error {
		form, err := v.form()
		if err != nil {
			return err
		}
		rec, err := s.recordToWrite(v, view)
		if err != nil {
			return err
		}
		tags := append(slices.Clone(rec.Fields["tags"].Strings()), words(form.Get("add"))...)
		tags = slices.DeleteFunc(tags, func(tag string) bool { return tag == form.Get("remove") })
		in := crm.Input{"tags": []byte("null")}
		if len(tags) > 0 {
			in["tags"] = []byte(audit.List(tags))
		}
		after, problem := s.ws.Engine.Update(v.Context(), v.caller(), view.object.Key, rec.ID, in, rec.Version)
		if problem != nil && !errs.Is(problem, errs.Invalid) {
			return problem
		}
		if problem == nil {
			rec = after
		}
		if !v.htmx() {
			if problem != nil {
				return v.redirect(view.address(rec.ID), Failure(errs.Of(problem).Detail))
			}
			return v.redirect(view.address(rec.ID), nil)
		}
		page := &recordPage{Base: s.base(v, rec.Name, view.nav)}
		if page.Tags, err = s.tagsOf(v, view, rec); err != nil {
			return err
		}
		if problem != nil {
			page.Tags.Error = strings.TrimSpace(errs.Of(problem).Detail)
		}
		return v.renderPart(http.StatusOK, "record", "tags", page)
	}
}
