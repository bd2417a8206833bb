package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// Flash is a message on the next page. Kind is success, info, warning or error.
type Flash struct {
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Href  string `json:"href,omitempty"` // of a link behind the text; may be empty
	Label string `json:"label,omitempty"`
}

// Success is a message that something was done.
func Success(text string) *Flash { return &Flash{Kind: "success", Text: text} }

// Warning is a message that something needs attention.
func Warning(text string) *Flash { return &Flash{Kind: "warning", Text: text} }

// Failure is a message that something was not done.
func Failure(text string) *Flash { return &Flash{Kind: "error", Text: text} }

// WithLink returns f with a link behind its text.
func (f *Flash) WithLink(href, label string) *Flash {
	f.Href, f.Label = href, label
	return f
}

// flashCookie carries the message over the redirect. Nobody trusts it: it is text and a link, escaped like any other,
// and it shows only to the browser that sent it.
const flashCookie = "backtrail_flash"

func putFlash(v *visit, f Flash) {
	if r := []rune(f.Text); len(r) > 600 {
		f.Text = string(r[:599]) + "…"
	}
	b, err := json.Marshal(f)
	if err != nil {
		return // a Flash is strings: it never fails
	}
	setCookie(v, flashCookie, base64.RawURLEncoding.EncodeToString(b), 60)
}

// takeFlash returns the message that came with the request. It shows once: on the first whole page.
func takeFlash(v *visit) *Flash {
	cookie, err := v.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var f Flash
	if err != nil || json.Unmarshal(b, &f) != nil || f.Text == "" {
		return nil
	}
	return &f
}

// setCookie sets one of the site's cookies; maxAge as in http.Cookie.
func setCookie(v *visit, name, value string, maxAge int) {
	http.SetCookie(v.ResponseWriter, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.TLS != nil || v.URL.Scheme == "https"})
}
