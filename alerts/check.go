package alerts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/savedviews"
)

// set puts what a change gives into an alert, after it was checked; errs.Invalid says everything that is wrong.
func (s *Service) set(ctx context.Context, a *Alert, change Change) error {
	var wrong []errs.Field
	if change.Name != nil {
		var more []errs.Field
		a.Name, more = savedviews.CheckName(*change.Name, "The alert needs a name that says what it tells of.")
		wrong = append(wrong, more...)
	}
	if change.Query != nil {
		var more []errs.Field
		a.Query, more = s.checkQuery(*change.Query)
		wrong = append(wrong, more...)
	}
	if change.Condition != nil {
		a.Condition = change.Condition.whole()
		wrong = append(wrong, a.Condition.check()...)
	}
	if change.Digest != nil {
		a.Digest = strings.TrimSpace(*change.Digest)
		if _, ok := clockTime(a.Digest); a.Digest != "" && !ok {
			wrong = append(wrong, errs.Field{Field: "digest", Code: "invalid_time", Detail: "The time of the daily digest must be one such as 08:00."})
		}
	}
	if change.Recipients != nil {
		ids, more, err := s.checkRecipients(ctx, a.Account, *change.Recipients)
		if err != nil {
			return err
		}
		a.Recipients = ids
		wrong = append(wrong, more...)
	}
	if change.Webhook != nil {
		was := a.Webhook
		a.Webhook = strings.TrimSpace(*change.Webhook)
		if a.Webhook != "" && a.Webhook != was {
			if err := s.Poster.Check(a.Webhook); err != nil {
				wrong = append(wrong, errs.Field{Field: "webhook", Code: errs.Code(err), Detail: errs.Of(err).Detail})
			}
			a.Secret = newSecret()
		}
	}
	if change.Enabled != nil {
		a.Enabled = *change.Enabled
	}
	if len(a.Recipients) == 0 && a.Webhook == "" && !slices.ContainsFunc(wrong, func(f errs.Field) bool { return f.Field == "recipients" }) {
		wrong = append(wrong, errs.Of(nobodyToTell()).Fields...)
	}
	return errs.InvalidFields(wrong)
}

func nobodyToTell() error {
	return errs.InvalidField("recipients", "required", "The alert needs somebody to tell: a staff member who may read the log, or a webhook.")
}

func nameFree(list []Alert, a Alert) error {
	for _, o := range list {
		if o.ID != a.ID && strings.EqualFold(o.Name, a.Name) {
			e := errs.New(errs.Conflict, "name_taken", "There is an alert %s already.", audit.Quote(o.Name)).WithFix("Choose another name, or change that one.")
			e.Fields = []errs.Field{{Field: "name", Code: "name_taken", Detail: e.Detail}}
			return e
		}
	}
	return nil
}

// checkQuery is that of saved views, without days.
func (s *Service) checkQuery(query string) (string, []errs.Field) {
	canonical, wrong := savedviews.CheckQuery(query, s.Recorder.Catalog(), s.Recorder.Now(), time.UTC)
	if len(wrong) > 0 {
		return canonical, wrong
	}
	params := Alert{Query: canonical}.Params()
	for _, name := range dayParams {
		if params.Has(name) {
			return canonical, []errs.Field{{Field: "query", Code: "days", Detail: "An alert watches what happens from now on: take " + name + " out of its filter."}}
		}
	}
	filter, err := audit.ParseFilter(params, s.Recorder.Catalog(), time.UTC)
	if err == nil && hasDays(filter.Where) {
		return canonical, []errs.Field{{Field: "query", Code: "days", Detail: "An alert watches what happens from now on: take at: out of its search."}}
	}
	return canonical, nil
}

// dayParams are the parameters of a filter that name days.
var dayParams = []string{"from", "to", savedviews.RangeParam, savedviews.LastParam}

// WithoutDays is the filter of a view, or of the log, as an alert can have it.
func WithoutDays(query string) string {
	params := Alert{Query: query}.Params()
	for _, name := range dayParams {
		params.Del(name)
	}
	return params.Encode()
}

func hasDays(x audit.Expr) bool {
	switch x := x.(type) {
	case audit.At:
		return true
	case audit.Not:
		return hasDays(x.Expr)
	case audit.All:
		return slices.ContainsFunc(x, hasDays)
	case audit.Any:
		return slices.ContainsFunc(x, hasDays)
	}
	return false
}

// whole fills in what need not be said.
func (c Condition) whole() Condition {
	if c.Count == 0 {
		c.Count = 1
	}
	if c.Per == "" || c.Every() {
		c.Per = Together
	}
	if c.Every() {
		c.Minutes = 0
	}
	return c
}

func (c Condition) check() (wrong []errs.Field) {
	if c.Count < 1 || c.Count > MaxCount {
		wrong = append(wrong, errs.Field{Field: "count", Code: "out_of_range", Detail: fmt.Sprintf("The number of entries must be between 1 (each of them) and %s.", audit.Thousands(MaxCount))})
	}
	if c.Count != 1 && (c.Minutes < 1 || c.Minutes > MaxMinutes) {
		wrong = append(wrong, errs.Field{Field: "minutes", Code: "out_of_range", Detail: fmt.Sprintf("The time must be between 1 and %s minutes (a day).", audit.Thousands(MaxMinutes))})
	}
	if !slices.Contains(Pers, c.Per) {
		wrong = append(wrong, errs.Field{Field: "per", Code: "invalid_value", Detail: "Entries are counted all, by person, by address or by person_or_address."})
	}
	return wrong
}

// checkRecipients finds the staff members of email addresses.
func (s *Service) checkRecipients(ctx context.Context, account audit.AccountID, emails []string) ([]audit.RecordID, []errs.Field, error) {
	readers, err := s.People.Readers(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	var ids []audit.RecordID
	var wrong []errs.Field
	for _, email := range emails {
		if email = strings.TrimSpace(email); email == "" {
			continue
		}
		i := slices.IndexFunc(readers, func(r Reader) bool { return strings.EqualFold(r.Email, email) })
		if i < 0 {
			wrong = append(wrong, errs.Field{Field: "recipients", Code: "not_a_reader", Detail: audit.Quote(strings.ToValidUTF8(email, "\uFFFD")) + " is not the email of an active staff member who may read the log."})
			continue
		}
		if !slices.Contains(ids, readers[i].ID) {
			ids = append(ids, readers[i].ID)
		}
	}
	if len(ids) > MaxRecipients {
		wrong = append(wrong, errs.Field{Field: "recipients", Code: "too_many", Detail: fmt.Sprintf("An alert tells at most %d people; a webhook can tell more.", MaxRecipients)})
	}
	return ids, wrong, nil
}

// clockTime reads 08:00.
func clockTime(text string) (time.Time, bool) {
	t, err := time.Parse("15:04", text)
	return t, err == nil && len(text) == len("15:04")
}
