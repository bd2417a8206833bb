package web

import (
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workspace"
)

// bulkWords say what a change does to each of the selected records.
func (s *site) bulkWords(v *visit, view *objectView, page *recordBulkPage, ch crm.BulkChange) ([]string, error) {
	rec := &crm.Record{Object: view.object.Key, Fields: map[string]audit.Value{}}
	for key, raw := range ch.Set {
		f, _ := view.object.Field(key)
		value, err := f.Value(raw)
		if err != nil {
			return nil, err
		}
		rec.Fields[key] = value
	}
	names, err := s.names(v.Context(), v.caller(), view.object, fieldKeys(view.object), rec)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		if _, ok := ch.Set[f.Key]; !ok {
			continue
		}
		shown := page.show(view, rec, f.Key, names)
		switch {
		case shown.Kind == "":
			out = append(out, f.Label+" is emptied")
		case shown.Kind == "moment":
			out = append(out, f.Label+" becomes "+shown.Moment.Text)
		default:
			out = append(out, f.Label+" becomes "+shown.Text)
		}
	}
	for _, tag := range ch.AddTags {
		out = append(out, "the tag "+audit.Quote(tag)+" is added")
	}
	for _, tag := range ch.RemoveTags {
		out = append(out, "the tag "+audit.Quote(tag)+" is taken off")
	}
	return out, nil
}

// fillBulkDeletion says what goes along with a selection.
func (s *site) fillBulkDeletion(v *visit, page *recordBulkPage, plan *crm.BulkPlan) {
	window := workspace.RestoreWindow(v.id.Account)
	page.Until, page.Days = page.Day(s.ws.Recorder.Now().Add(window)), int(window/(24*time.Hour))
	for _, o := range v.schema().Objects() {
		if n := plan.Taken[o.Key]; n > 0 {
			page.Taken = append(page.Taken, o.Word().Count(n))
		}
		if n := plan.Cleared[o.Key]; n > 0 {
			verb := "lose"
			if n == 1 {
				verb = "loses"
			}
			page.Cleared = append(page.Cleared, fmt.Sprintf("%s %s a link to one of them", o.Word().Count(n), verb))
		}
	}
	if plan.Refused != "" {
		page.Refused = []string{plan.Refused}
	}
}
