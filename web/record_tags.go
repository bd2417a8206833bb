package web

import (
	"net/http"
	"net/url"
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
	Object string
	Error  string
}

func (view *objectView) hasTagsPart() bool {
	f, ok := view.object.Field("tags")
	return ok && f.Type == crm.Tags
}

func tagsOf(v *visit, view *objectView, rec *crm.Record) *tagsPart {
	if !view.hasTagsPart() {
		return nil
	}
	part := &tagsPart{Tags: rec.Fields["tags"].Strings(), Filter: view.listPath() + "?tags=", Object: view.object.Key}
	if !v.mayWrite(view.object) {
		return part
	}
	part.Action = view.address(rec.ID) + "/tags"
	return part
}

// recordTags adds tags to a record, or takes one off, whatever else happened to it in the meantime.
func (s *site) recordTags(view *objectView) handler {
	return s.withRecord(view, func(v *visit, form url.Values, rec *crm.Record) error {
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
		page := &recordPage{Base: s.base(v, rec.Name, view.nav), Tags: tagsOf(v, view, rec)}
		if problem != nil {
			page.Tags.Error = strings.TrimSpace(errs.Of(problem).Detail)
		}
		return v.renderPart(http.StatusOK, "record", "tags", page)
	})
}

// maxTagsOffered bounds what is offered while a tag is typed.
const maxTagsOffered = 200

// suggestTags answers htmx with the tags that the visitor's records have.
func (s *site) suggestTags(v *visit) error {
	view := v.views()[v.FormValue("object")]
	if view == nil || !view.hasTagsPart() {
		return errs.New(errs.NotFound, "not_found", "There are no tags of these records.")
	}
	f, _ := view.object.Field("tags")
	names, err := s.tagsInUse(v, view.object, f)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "suggest", &suggestPage{Base: s.base(v, "Suggestions", ""), Names: names})
}

func (s *site) tagsInUse(v *visit, object *crm.Object, f *crm.Field) ([]string, error) {
	groups, err := s.ws.Engine.Tally(v.Context(), v.caller(), crm.Query{Object: object}, f.Key, "")
	if err != nil {
		return nil, err
	}
	var words []string
	for _, g := range groups {
		words = append(words, audit.Value(g.Key).Strings()...)
	}
	words = audit.SortedSet(words)
	slices.SortStableFunc(words, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return words[:min(len(words), maxTagsOffered)], nil
}
