package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

const alertsPath = alerts.Path

// alertsPage is Settings > Audit Logs > Alerts.
type alertsPage struct {
	Base
	Tab       string
	Alerts    []alertLine
	MayManage bool
	Unmailed  bool // no mail server takes what alerts have to say
	Limit     int
}

// alertLine is one alert as its list shows it, and the head of its page.
type alertLine struct {
	ID        alerts.ID
	Name      string
	Address   string
	Words     []string // its filter
	Log       string   // the entries that it watches
	When      string
	Sent      string
	Tells     []string // whom, "" for none
	LeftOut   []string // with the reasons
	Webhook   string
	Enabled   bool
	ReadyMade bool
	Paused    string
	Problem   string
	Failed    when
	Fired     when // empty text for never
	Event     string
	Arrived   when
	Next      when // the digest that has something to tell
	By        string
}

// alertWords are what words an alert's filter.
type alertWords struct {
	site  *site
	visit *visit
	chips chipMaker
	clock clock
}

func (s *site) alertWords(v *visit) (alertWords, error) {
	people, err := s.auditPeople(v.Context(), v.caller(), false)
	return alertWords{s, v, s.chipMaker(v.id, people, nil, nil), clock{s.now(), workspace.Zone(v.id.Account)}}, err
}

func (w alertWords) filter(query string) []string {
	f := w.site.auditFilter(w.visit, alerts.Alert{Query: query}.Params())
	return w.chips.filterWords(&f)
}

// line words an alert.
func (w alertWords) line(a alerts.Alert) (alertLine, error) {
	out := alertLine{ID: a.ID, Name: a.Name, Address: alertsPath + "/" + string(a.ID), Words: w.filter(a.Query), Log: viewAddress(a.Query), When: upperFirst(a.Condition.Words()),
		Sent: a.DigestWords(), Webhook: a.ShownWebhook(), Enabled: a.Enabled, ReadyMade: a.Ready(), Paused: a.Paused, Problem: a.Problem, By: a.Owner.Name}
	list, err := w.site.ws.Alerts.Recipients(w.visit.Context(), a)
	for _, r := range list {
		if r.Why != "" {
			out.LeftOut = append(out.LeftOut, strings.TrimSpace(strings.Join([]string{r.Name, r.Why}, " ")))
			continue
		}
		out.Tells = append(out.Tells, r.Name)
	}
	if !a.FiredAt.IsZero() {
		out.Fired, out.Event = w.clock.short(a.FiredAt), auditPath+"/events/"+string(a.Fired)
	}
	if !a.SentAt.IsZero() {
		out.Arrived = w.clock.short(a.SentAt)
	}
	if len(a.State.Digest) > 0 {
		out.Next = w.clock.short(a.State.DigestAt)
	}
	if a.Problem != "" {
		out.Failed = w.clock.short(a.FailedAt)
	}
	return out, err
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (s *site) alertList(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	list, err := s.ws.Alerts.Alerts(v.Context(), v.caller())
	if err != nil {
		return err
	}
	words, err := s.alertWords(v)
	if err != nil {
		return err
	}
	page := &alertsPage{Base: s.base(v, "Alerts on the audit log", "audit"), Tab: "alerts", MayManage: v.may(audit.AuditManage), Limit: alerts.MaxAlerts}
	for _, a := range list {
		line, err := words.line(a)
		if err != nil {
			return err
		}
		page.Alerts = append(page.Alerts, line)
	}
	mailed, err := s.ws.AlertsMailed(v.Context(), v.id.Account.ID)
	if err != nil {
		return err
	}
	page.Unmailed = !mailed && slices.ContainsFunc(list, func(a alerts.Alert) bool { return len(a.Recipients) > 0 })
	return v.render(http.StatusOK, "audit_alerts", page)
}

// alertToggle switches an alert on or off.
func (s *site) alertToggle(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	on := form.Get("enabled") == "true"
	a, _, err := s.ws.Alerts.Update(v.Context(), v.caller(), alerts.ID(v.PathValue("id")), alerts.Change{Enabled: &on})
	if err != nil && shownOnForm(err) {
		return v.redirect(alertsPath+"/"+v.PathValue("id"), Failure(strings.Join(problemWords(err), " ")))
	}
	if err != nil {
		return err
	}
	said := "Switched off the alert "
	if on {
		said = "Switched on the alert "
	}
	return v.redirect(alertsPath, Success(said+audit.Quote(a.Name)+"."))
}

// alertDelete deletes an alert.
func (s *site) alertDelete(v *visit) error {
	id := alerts.ID(v.PathValue("id"))
	a, err := s.ws.Alerts.Alert(v.Context(), v.caller(), id)
	if err != nil {
		return err
	}
	if err := s.ws.Alerts.Delete(v.Context(), v.caller(), id); err != nil {
		return err
	}
	return v.redirect(alertsPath, Success("Deleted the alert "+audit.Quote(a.Name)+".").WithLink(viewAddress(a.Query), "What it watched"))
}

// alertTest sends a test message, and says what came of it.
func (s *site) alertTest(v *visit) error {
	id := alerts.ID(v.PathValue("id"))
	back := alertsPath + "/" + string(id)
	tried, err := s.ws.Alerts.Test(v.Context(), v.caller(), id)
	if err != nil && shownOnForm(err) {
		return v.redirect(back, Failure(strings.Join(problemWords(err), " ")))
	}
	if err != nil {
		return err
	}
	var arrived, failed []string
	for _, t := range tried {
		if t.Problem == "" {
			arrived = append(arrived, t.To)
		} else {
			failed = append(failed, t.To+": "+t.Problem)
		}
	}
	if len(failed) > 0 {
		return v.redirect(back, Failure("The test message did not arrive everywhere. "+strings.Join(failed, " ")))
	}
	return v.redirect(back, Success("Sent the test message to "+strings.Join(arrived, ", ")+"."))
}

// problemWords are the sentences of an error.
func problemWords(err error) []string {
	p := problemOf(err)
	if p.Fix == "" {
		return []string{p.Text}
	}
	return []string{p.Text, p.Fix}
}

// firedBy links the entries that made an alert fire, in the place of their ids among the values.
func (s *site) firedBy(m *entryMaker, d *auditDetail, e *audit.Event) error {
	first, last, count := alerts.FiredBy(e)
	if first == nil {
		return nil
	}
	link := func(ids []audit.EventID) (out []auditEntry, err error) {
		for _, id := range ids {
			entry, err := m.link(id)
			if err != nil {
				return nil, err
			}
			if entry != nil {
				out = append(out, *entry)
			}
		}
		return out, nil
	}
	var err error
	if d.FiredBy, err = link(first); err != nil {
		return err
	}
	if d.FiredLast, err = link(last); err != nil {
		return err
	}
	if len(last) > 0 {
		d.FiredBetween = count - len(first) - len(last)
	}
	d.Changes = slices.DeleteFunc(d.Changes, func(c auditChange) bool { return c.Field == alerts.EntriesField || c.Field == alerts.LastField })
	return nil
}
