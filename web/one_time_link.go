package web

import (
	"net/http"

	"github.com/backtrail/backtrail/workspace"
)

// oneTimeLink is a kind of link with a token that lets somebody in. The token comes in the address and moves into a
// cookie at once: so it stands in no address that the page leads on from, and in no history.
type oneTimeLink struct{ path, cookie string }

var (
	invitationLink = oneTimeLink{workspace.InvitationPath, "backtrail_invitation"}
	passwordLink   = oneTimeLink{workspace.PasswordLinkPath, "backtrail_password_link"}
)

// take moves the token of the address into the cookie, and reports whether it answered the visit with that.
func (l oneTimeLink) take(v *visit) bool {
	v.ResponseWriter.Header().Set("Referrer-Policy", "no-referrer")
	token := v.URL.Query().Get("token")
	if token == "" {
		return false
	}
	setCookie(v, l.cookie, token, 3600)
	http.Redirect(v.ResponseWriter, v.Request, l.path, http.StatusSeeOther)
	return true
}

func (l oneTimeLink) token(v *visit) string {
	cookie, err := v.Cookie(l.cookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (l oneTimeLink) forget(v *visit) { setCookie(v, l.cookie, "", -1) }

// to is the whole link with a token: to the server as the operator says that it is reached, or as the visitor did.
func (l oneTimeLink) to(v *visit, token string) string {
	if base := v.site.ws.PublicURL; base != "" {
		return workspace.OneTimeLink(base, l.path, token)
	}
	scheme := "http"
	if v.TLS != nil || v.URL.Scheme == "https" {
		scheme = "https"
	}
	return workspace.OneTimeLink(scheme+"://"+v.Host, l.path, token)
}
