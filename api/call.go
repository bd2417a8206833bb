package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// call is a request whose caller is known.
type call struct {
	identity    auth.Identity
	credentials auth.Credentials
	asked       string // "GET /api/v1/audit/events"
}

type callKey struct{}

// callOf is the call that knowCaller put into the context, nil on routes without credentials.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// identityOf is who calls, on a route with credentials.
func identityOf(ctx context.Context) auth.Identity { return callOf(ctx).identity }

func callerOf(ctx context.Context) audit.Caller { return identityOf(ctx).Caller }

// origin is where a request comes from.
func origin(ctx context.Context) audit.Origin {
	return audit.Origin{Channel: audit.API, Context: audit.ContextOf(ctx)}
}

// knowCaller lets a request pass whose credentials are good.
func (a *API) knowCaller(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	c, err := credentials(r)
	if err == nil {
		var identity auth.Identity
		if identity, err = a.Auth.Authenticate(r.Context(), c); err == nil {
			next(huma.WithValue(ctx, callKey{}, &call{identity, c, r.Method + " " + r.URL.Path}))
			return
		}
	}
	a.refuse(r.Context(), err).write(w)
}

// credentials reads what a request shows. A header Authorization of another kind is refused rather than ignored: the
// caller meant it.
func credentials(r *http.Request) (auth.Credentials, error) {
	c := auth.Credentials{Account: audit.AccountID(r.Header.Get("Backtrail-Account")), Origin: origin(r.Context())}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
			return c, errs.New(errs.Unauthenticated, "unauthenticated", "The header Authorization is not of the form Bearer bt_...").
				WithFix("Send an API key in the header Authorization: Bearer bt_...")
		}
		c.Bearer = token
		return c, nil
	}
	if cookie, err := r.Cookie(SessionCookie); err == nil {
		c.Cookie = cookie.Value
	}
	return c, nil
}

// checkQuery refuses parameters that the route does not know, or that cannot be read.
func (a *API) checkQuery(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		a.refuse(ctx.Context(), errs.InvalidField("query", "invalid_query", "The parameters cannot be read: %v.", err)).write(w)
		return
	}
	var wrong []errs.Field
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if p := parameter(ctx.Operation(), name); p == nil {
			wrong = append(wrong, errs.Field{Field: strings.ToValidUTF8(name, "\uFFFD"), Code: "unknown_parameter",
				Detail: fmt.Sprintf("There is no parameter %s here.", audit.Quote(strings.ToValidUTF8(name, "\uFFFD")))})
		} else if len(params[name]) > 1 && p.Schema.Type != huma.TypeArray && p.Style != deepObject {
			wrong = append(wrong, errs.Field{Field: name, Code: "repeated", Detail: name + " may be given once."})
		}
	}
	if err := errs.InvalidFields(wrong); err != nil {
		a.refuse(ctx.Context(), err).write(w)
		return
	}
	next(ctx)
}

const deepObject = "deepObject"

// parameter finds the query parameter that name belongs to, nil for none.
func parameter(op *huma.Operation, name string) *huma.Param {
	for _, p := range op.Parameters {
		if p.In == "query" && (p.Name == name && p.Style != deepObject ||
			p.Style == deepObject && strings.HasPrefix(name, p.Name+"[") && strings.HasSuffix(name, "]")) {
			return p
		}
	}
	return nil
}

// bodyTimeout is how long a body may take to arrive.
const bodyTimeout = 60 * time.Second

// takeBody reads the body whole, within its limits, and checks its JSON.
func (a *API) takeBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	body, err := readBody(w, r, bodyLimit(ctx.Operation()))
	if err == nil && len(body) > 0 {
		err = checkBody(ctx.Operation(), r.Header.Get("Content-Type"), body)
	}
	if err != nil {
		p := a.refuse(ctx.Context(), err)
		if errs.Code(err) == mediaTypeCode {
			p.Status = http.StatusUnsupportedMediaType
		}
		p.write(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	next(ctx)
}

// bodyLimit is how large a body a route takes: what anybody may send is small, and what a person may ask for is, too.
func bodyLimit(op *huma.Operation) int64 {
	switch {
	case len(op.Security) == 0:
		return 16 << 10
	case strings.Contains(op.Path, "/records/"):
		return MaxBody
	}
	return 1 << 20
}

// drained is how much of a body that is too large is still taken and thrown away: most clients read the answer only
// after they have sent everything.
const drained = 32 << 20

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(bodyTimeout)); err == nil {
		defer control.SetReadDeadline(time.Time{})
	}
	var body []byte
	var err error
	if r.ContentLength <= limit {
		body, err = io.ReadAll(io.LimitReader(r.Body, limit+1))
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || r.ContentLength > limit || int64(len(body)) > limit {
		io.CopyN(io.Discard, r.Body, drained) // what goes wrong here changes nothing for the answer
		return nil, bodyTooLarge(limit)
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "body_unreadable", "The body did not arrive whole.").Because(err)
	}
	return body, nil
}

func bodyTooLarge(limit int64) error {
	return errs.New(errs.TooLarge, "body_too_large", "The body has more than %s bytes, which is the limit here.", audit.Thousands(int(limit))).
		WithFix("Send it in several requests.")
}

const mediaTypeCode = "unsupported_media_type"

func wrongMediaType() *errs.Error {
	return errs.New(errs.Invalid, mediaTypeCode, "The body is not of the content type that this takes.").
		WithFix("Send JSON with the header Content-Type: application/json; an import takes multipart/form-data.")
}

// checkBody checks a body against what the route takes.
func checkBody(op *huma.Operation, contentType string, body []byte) error {
	if op.RequestBody == nil {
		return errs.InvalidField("body", "unexpected_body", "This takes no body.")
	}
	// A form is no JSON; who reads it checks it.
	_, takesJSON := op.RequestBody.Content["application/json"]
	if contentType == "" && takesJSON {
		return checkJSON(body)
	}
	media, _, err := mime.ParseMediaType(contentType)
	if _, ok := op.RequestBody.Content[media]; err != nil || !ok {
		return wrongMediaType()
	}
	if !takesJSON {
		return nil
	}
	return checkJSON(body)
}
