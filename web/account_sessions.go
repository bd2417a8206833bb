package web

import (
	"net/http"
	"strconv"

	"github.com/backtrail/backtrail/auth"
)

// sessionsPage lists where the visitor is logged in.
type sessionsPage struct {
	Base
	Tabs     accountTabs
	Sessions sessionTable
	Others   int // besides this one
}

// sessionTable is sessions as the template "sessions" shows them.
type sessionTable struct {
	Rows     []sessionRow
	Accounts bool // whether the column of accounts is shown
}

// sessionRow is one of them.
type sessionRow struct {
	Device  string // in words; may be empty
	Agent   string // as the browser says it
	IP      string
	Account string
	Began   Moment
	Used    Moment
	Current bool
	As      string // whom the person works as in it; may be empty
	End     string // where to end it
}

func (b Base) sessionRow(x auth.Session, end string) sessionRow {
	row := sessionRow{Device: agentWords(x.UserAgent), Agent: x.UserAgent, IP: x.IP, Began: b.At(x.CreatedAt), Used: b.At(x.LastSeenAt), End: end}
	if x.Acting != nil {
		row.As = x.Acting.Name
	}
	return row
}

func (s *site) sessions(v *visit) error {
	all, err := s.ws.Auth.OwnSessions(v.Context(), v.id)
	if err != nil {
		return err
	}
	places, err := s.ws.Auth.Places(v.Context(), v.id.Memberships)
	if err != nil {
		return err
	}
	page := &sessionsPage{Base: s.base(v, "Sessions", ""), Tabs: accountTabs{"sessions"}, Others: len(all) - 1}
	page.Sessions.Accounts = len(places) > 1
	for _, x := range all {
		row := page.sessionRow(x, "/account/sessions/"+x.ID+"/end")
		for _, p := range places {
			if p.Account.ID == x.Account {
				row.Account = p.Account.Name
			}
		}
		if x.ID == v.id.Session.ID {
			row.Current, row.End = true, ""
			page.Sessions.Rows = append([]sessionRow{row}, page.Sessions.Rows...)
			continue
		}
		page.Sessions.Rows = append(page.Sessions.Rows, row)
	}
	return v.render(http.StatusOK, "account_sessions", page)
}

func (s *site) sessionEnd(v *visit) error {
	if err := s.ws.Auth.RevokeSession(v.Context(), v.id, v.PathValue("session")); err != nil {
		return err
	}
	return v.redirect("/account/sessions", Success("That session has ended."))
}

func (s *site) sessionsEndOthers(v *visit) error {
	n, err := s.ws.Auth.RevokeOtherSessions(v.Context(), v.id)
	if err != nil {
		return err
	}
	text := strconv.Itoa(n) + " other sessions have ended."
	switch n {
	case 0:
		text = "There were no other sessions."
	case 1:
		text = "The other session has ended."
	}
	return v.redirect("/account/sessions", Success(text))
}
