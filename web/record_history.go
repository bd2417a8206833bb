package web

import (
	"net/http"
	"net/url"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// recordHistoryPage is the history of a record by itself: also of one that has no page of its own, or is gone.
type recordHistoryPage struct {
	Base
	Name    string
	Word    string
	Back    string // the record's page; "" when there is none
	Gone    bool   // the record was deleted
	History *historyView
}

func historyAddress(object string, id audit.RecordID) string {
	return "/history/" + object + "/" + url.PathEscape(string(id))
}

// recordHistory answers with the page, or with the part of it, or of a record's page, that a script asks for.
func (s *site) recordHistory(v *visit) error {
	if !v.may(audit.AuditRead) {
		return errs.MissingPermission(string(audit.AuditRead), "read the history of records")
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	o, err := v.schema().Object(v.PathValue("object"))
	if err != nil {
		return err
	}
	page := &recordHistoryPage{Word: o.Word().One}
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), o.Key, id)
	switch {
	case err == nil:
		page.Name, page.Back = rec.Name, recordAddress(o.Key, id)
	case errs.Is(err, errs.Gone) && !v.caller().OnlyAssigned():
		page.Gone = true
	default:
		return err
	}
	if err := s.ws.Auth.RecordViewed(v.Context(), v.id); err != nil {
		return err
	}
	asked := askOfHistory(v.URL.Query())
	around := ""
	if v.htmx() {
		around, asked.beside = pageAround(v, page.Back)
	}
	if page.History, err = s.readHistory(v, o.Key, id, around, asked); err != nil {
		return err
	}
	if v.htmx() {
		if page.History.Appended = asked.before != ""; page.History.Appended {
			return v.renderPart(http.StatusOK, "record_history", "history-entries", page.History)
		}
		q := asked.values()
		for name, values := range asked.beside {
			q[name] = values
		}
		v.ResponseWriter.Header().Set("HX-Push-Url", page.History.Page+queryOf(q))
		return v.renderPart(http.StatusOK, "record_history", "history", page.History)
	}
	if page.Gone {
		if page.Name, err = s.lastName(v, id); err != nil {
			return err
		}
	}
	page.Base = s.base(v, "History of "+page.Name, "audit")
	return v.render(http.StatusOK, "record_history", page)
}

// pageAround is the page that a script shows the history on, and what its address asks beside it: the record's page, or that
// of the history alone ("").
func pageAround(v *visit, record string) (path string, beside url.Values) {
	current, err := url.Parse(v.Request.Header.Get("HX-Current-URL"))
	if err != nil || record == "" || current.Path != record {
		return "", nil
	}
	return record, askOfHistory(current.Query()).beside
}

// lastName is what a record was called last.
func (s *site) lastName(v *visit, id audit.RecordID) (string, error) {
	found, err := s.logFor(v.caller()).Events(v.Context(), v.caller().Account, audit.Query{Filter: audit.History(id, false, nil), Limit: 1})
	if err != nil || len(found.Events) == 0 {
		return "", err
	}
	e, err := found.Events[0].Event()
	if err != nil {
		return "", err
	}
	return e.Record.Name, nil
}
