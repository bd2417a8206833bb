package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/savedviews"
)

// alertPage is one alert, or one to be made.
type alertPage struct {
	Base
	Tab     string
	Alert   *alertLine // nil for a new one
	Form    *alertForm // nil for who may only see it
	Secret  string     // of its webhook, shown once
	Preview *alertPreview
}

// alertForm makes or changes an alert.
type alertForm struct {
	Action     string
	Query      string
	Words      []string // its filter; none when it was not chosen yet
	Log        string
	DaysLost   bool         // the filter that it was opened with had days
	Views      []formOption // whose filters it can take
	Name       string
	Number     bool // a number of entries, not every one
	Count      string
	Minutes    string
	Pers       []formOption
	People     []alertPerson
	Gone       []string // recipients who get nothing, with the reasons
	Webhook    string
	HasSecret  bool
	NewSecret  bool
	Daily      bool
	Digest     string
	Enabled    bool
	Unmailed   bool
	OwnServer  bool // emails leave by the account's mail server
	MostPeople int
	Errors     *formErrors
	wrong      error
}

// alertPerson is a box of the recipients.
type alertPerson struct {
	Name, Email string
	Selected    bool
}

// alertPreview says what an alert would have done.
type alertPreview struct {
	Text  string
	Wrong string
}

// At is what is wrong with a field, "" for nothing.
func (f *alertForm) At(key string) string { return mistakeAt(f.wrong, key) }

var perLabels = map[alerts.Per]string{
	alerts.Together: "all together", alerts.PerPerson: "for each person", alerts.PerAddress: "for each address", alerts.PersonOrAddress: "for each person and address",
}

// alertFields are those that the form can point at, in its order.
var alertFields = []string{"name", "query", "count", "minutes", "per", "recipients", "webhook", "digest"}

// alertNew is the form for an alert on the filter of the address, or of the saved view that it names.
func (s *site) alertNew(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	params := v.URL.Query()
	form := &alertForm{Action: alertsPath, Count: "10", Minutes: "5", Digest: "08:00", Enabled: true}
	if id := params.Get("view"); id != "" {
		list, err := s.ws.Views.Views(v.Context(), v.caller())
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(list, func(view savedviews.View) bool { return string(view.ID) == id }); i >= 0 {
			form.Name, params = list[i].Name, list[i].Params()
		}
	}
	f := s.auditFilter(v, params)
	given := f.address.Encode()
	form.Query = alerts.WithoutDays(given)
	form.DaysLost = form.Query != given
	return s.showAlert(v, &alertPage{Form: form}, []string{v.id.Member.Email}, nil)
}

// alertShow is one alert.
func (s *site) alertShow(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	a, err := s.ws.Alerts.Alert(v.Context(), v.caller(), alerts.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	return s.showStoredAlert(v, a, "")
}

func (s *site) showStoredAlert(v *visit, a alerts.Alert, secret string) error {
	words, err := s.alertWords(v)
	if err != nil {
		return err
	}
	line, err := words.line(a)
	if err != nil {
		return err
	}
	page := &alertPage{Alert: &line, Secret: secret}
	if !v.may(audit.AuditManage) {
		return s.showAlert(v, page, nil, nil)
	}
	page.Form = &alertForm{Action: line.Address, Query: a.Query, Name: a.Name, Number: !a.Condition.Every(), Count: "10", Minutes: "5", Webhook: a.Webhook, HasSecret: a.Secret != "",
		Daily: a.Digest != "", Digest: "08:00", Enabled: a.Enabled, Gone: line.LeftOut}
	if page.Form.Number {
		page.Form.Count, page.Form.Minutes = strconv.Itoa(a.Condition.Count), strconv.Itoa(a.Condition.Minutes)
	}
	if a.Digest != "" {
		page.Form.Digest = a.Digest
	}
	page.Form.Pers = perOptions(a.Condition.Per)
	list, err := s.ws.Alerts.Recipients(v.Context(), a)
	if err != nil {
		return err
	}
	var emails []string
	for _, r := range list {
		emails = append(emails, r.Email)
	}
	return s.showAlert(v, page, emails, nil)
}

func perOptions(chosen alerts.Per) []formOption {
	var out []formOption
	for _, per := range alerts.Pers {
		out = append(out, formOption{string(per), perLabels[per], per == chosen})
	}
	return out
}

// showAlert answers with the page; emails are the recipients who are chosen, wrong is what a form was sent back for.
func (s *site) showAlert(v *visit, page *alertPage, emails []string, wrong error) error {
	title := "New alert"
	if page.Alert != nil {
		title = page.Alert.Name
	}
	page.Base, page.Tab = s.base(v, title, "audit"), "alerts"
	f := page.Form
	if f == nil {
		return v.render(http.StatusOK, "audit_alert", page)
	}
	words, err := s.alertWords(v)
	if err != nil {
		return err
	}
	if f.Query != "" {
		f.Words, f.Log = words.filter(f.Query), viewAddress(f.Query)
	}
	views, err := s.ws.Views.Views(v.Context(), v.caller())
	if err != nil {
		return err
	}
	for _, view := range views {
		f.Views = append(f.Views, formOption{Value: string(view.ID), Label: view.Name})
	}
	if f.Pers == nil {
		f.Pers = perOptions(alerts.Together)
	}
	readers, err := s.ws.Alerts.Readers(v.Context(), v.caller())
	if err != nil {
		return err
	}
	for _, r := range readers {
		f.People = append(f.People, alertPerson{r.Name, r.Email, slices.Contains(emails, r.Email)})
	}
	mailed, err := s.ws.AlertsMailed(v.Context(), v.id.Account.ID)
	if err != nil {
		return err
	}
	f.OwnServer = mailed && !s.ws.AlertsByOperator()
	f.Unmailed, f.MostPeople, f.wrong = !mailed, alerts.MaxRecipients, wrong
	f.Errors = summarize(wrong, func(key string) bool { return slices.Contains(alertFields, key) })
	return v.render(statusOfForm(wrong), "audit_alert", page)
}

// alertGiven is what a form holds.
type alertGiven struct {
	form      url.Values
	query     string
	condition alerts.Condition
	digest    string
	wrong     []errs.Field
}

func (s *site) alertGiven(v *visit, form url.Values) (alertGiven, error) {
	g := alertGiven{form: form, query: form.Get("query")}
	if id := form.Get("view"); id != "" {
		list, err := s.ws.Views.Views(v.Context(), v.caller())
		if err != nil {
			return g, err
		}
		i := slices.IndexFunc(list, func(view savedviews.View) bool { return string(view.ID) == id })
		if i < 0 {
			g.wrong = append(g.wrong, errs.Field{Field: "query", Code: "unknown_view", Detail: "The view is not there any more."})
		} else {
			g.query = alerts.WithoutDays(list[i].Query)
		}
	}
	g.condition = alerts.Condition{Count: 1}
	if form.Get("when") == "number" {
		g.condition = alerts.Condition{Count: g.number("count", "entries"), Minutes: g.number("minutes", "minutes"), Per: alerts.Per(form.Get("per"))}
	}
	if form.Get("sent") == "daily" {
		if g.digest = form.Get("digest"); g.digest == "" {
			g.wrong = append(g.wrong, errs.Field{Field: "digest", Code: "required", Detail: "The daily digest needs a time such as 08:00."})
		}
	}
	return g, nil
}

// number reads a whole number.
func (g *alertGiven) number(key, of string) int {
	n, err := strconv.Atoi(strings.TrimSpace(g.form.Get(key)))
	if err != nil || n < 1 || key == "count" && n < 2 {
		least := "1"
		if key == "count" {
			least = "2"
		}
		g.wrong = append(g.wrong, errs.Field{Field: key, Code: "invalid_number", Detail: "The number of " + of + " must be a whole number from " + least + " on."})
		return 2
	}
	return n
}

// page is the form as it was sent.
func (g *alertGiven) page(action string, alert *alertLine) *alertPage {
	f := g.form
	count, minutes := f.Get("count"), f.Get("minutes")
	return &alertPage{Alert: alert, Form: &alertForm{Action: action, Query: g.query, Name: f.Get("name"), Number: f.Get("when") == "number", Count: count, Minutes: minutes,
		Pers: perOptions(alerts.Per(f.Get("per"))), Webhook: f.Get("webhook"), HasSecret: f.Get("has_secret") == "true", NewSecret: f.Get("new_secret") == "true",
		Daily: f.Get("sent") == "daily", Digest: f.Get("digest"), Enabled: f.Get("enabled") == "true"}}
}

// mistakes joins what the form and the service have found.
func (g *alertGiven) mistakes(err error) error {
	if len(g.wrong) == 0 || err != nil && !errs.Is(err, errs.Invalid) {
		return err
	}
	fields := slices.Clone(g.wrong)
	if err != nil {
		for _, f := range errs.Of(err).Fields {
			if !slices.ContainsFunc(fields, func(o errs.Field) bool { return o.Field == f.Field }) {
				fields = append(fields, f)
			}
		}
	}
	slices.SortStableFunc(fields, func(a, b errs.Field) int {
		return slices.Index(alertFields, a.Field) - slices.Index(alertFields, b.Field)
	})
	return errs.InvalidFields(fields)
}

// alertSave makes an alert, or changes the one that the address names. The form's other button only looks what it would have done.
func (s *site) alertSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	g, err := s.alertGiven(v, form)
	if err != nil {
		return err
	}
	id := alerts.ID(v.PathValue("id"))
	var line *alertLine
	action := alertsPath
	if id != "" {
		a, err := s.ws.Alerts.Alert(v.Context(), v.caller(), id)
		if err != nil {
			return err
		}
		words, err := s.alertWords(v)
		if err != nil {
			return err
		}
		l, err := words.line(a)
		if err != nil {
			return err
		}
		line, action = &l, l.Address
	}
	if form.Get("_do") == "preview" {
		if err := s.auditVisit(v); err != nil { // the answer tells what is in the log
			return err
		}
		page := g.page(action, line)
		if page.Preview, err = s.alertPreview(v, &g); err != nil {
			return err
		}
		if v.htmx() {
			page.Base = s.base(v, "", "audit")
			return v.renderPart(http.StatusOK, "audit_alert", "preview", page)
		}
		return s.showAlert(v, page, form["recipients"], nil)
	}
	a, secret, err := s.alertWrite(v, id, &g)
	if err = g.mistakes(err); err != nil {
		if shownOnForm(err) {
			return s.showAlert(v, g.page(action, line), form["recipients"], err)
		}
		return err
	}
	if secret != "" {
		return s.showStoredAlert(v, a, secret) // no redirect: it is shown this once
	}
	return v.redirect(alertsPath, Success("Saved the alert "+audit.Quote(a.Name)+"."))
}

// alertWrite gives the service what a form holds. With a mistake of the form itself it only asks what else is wrong.
func (s *site) alertWrite(v *visit, id alerts.ID, g *alertGiven) (alerts.Alert, string, error) {
	f := g.form
	name, webhook, on, people := f.Get("name"), f.Get("webhook"), f.Get("enabled") == "true", f["recipients"]
	if len(g.wrong) > 0 {
		return alerts.Alert{}, "", s.ws.Alerts.Check(v.Context(), v.caller(), alerts.NewAlert{Name: name, Query: g.query, Condition: g.condition, Digest: g.digest, Recipients: people, Webhook: webhook})
	}
	if id == "" {
		return s.ws.Alerts.Create(v.Context(), v.caller(), alerts.NewAlert{Name: name, Query: g.query, Condition: g.condition, Digest: g.digest, Recipients: people, Webhook: webhook, Enabled: on})
	}
	return s.ws.Alerts.Update(v.Context(), v.caller(), id, alerts.Change{Name: &name, Query: &g.query, Condition: &g.condition, Digest: &g.digest, Recipients: &people, Webhook: &webhook,
		Enabled: &on, NewSecret: f.Get("new_secret") == "true"})
}

// alertPreview words what an alert of the form would have done.
func (s *site) alertPreview(v *visit, g *alertGiven) (*alertPreview, error) {
	if len(g.wrong) > 0 {
		return &alertPreview{Wrong: g.wrong[0].Detail}, nil
	}
	p, err := s.ws.Alerts.Preview(v.Context(), v.caller(), g.query, g.condition)
	if errs.Is(err, errs.Invalid) {
		return &alertPreview{Wrong: errs.Of(errs.Whole(err)).Detail}, nil
	}
	if errs.Is(err, errs.TooMany) {
		return &alertPreview{Wrong: errs.Of(err).Detail + " " + errs.Of(err).Fix}, nil
	}
	if err != nil {
		return nil, err
	}
	words, err := s.alertWords(v)
	if err != nil {
		return nil, err
	}
	times := audit.Word{One: "time", Many: "times"}
	text := "In the last 30 days it would have fired " + times.Count(p.Fired) + ": "
	if !p.Whole {
		text = "Since " + words.clock.short(p.Since).Text + ", as far back as it looks through so much, it would have fired " + times.Count(p.Fired) + ": "
	}
	if p.Fired == 0 {
		text = strings.Replace(text, "would have fired 0 times", "would not have fired", 1)
	}
	return &alertPreview{Text: text + entries.Count(p.Matches) + " passed its filter."}, nil
}
