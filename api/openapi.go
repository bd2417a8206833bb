package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// SessionCookie is the name of the cookie with the session's token.
const SessionCookie = "backtrail_session"

const moreErrors = "errors" // in the metadata of an operation

// appender is an answer that writes itself as JSON.
type appender interface{ appendJSON(b []byte) []byte }

// jsonFormat writes answers and reads bodies; there is no other format.
var jsonFormat = huma.Format{Marshal: writeJSON, Unmarshal: json.Unmarshal}

// writeJSON fails when v cannot be encoded. That the reader is gone is no error: nobody is left to be told.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	if a, ok := v.(appender); ok {
		b.Write(append(a.appendJSON(nil), '\n'))
	} else if err := huma.DefaultJSONFormat.Marshal(&b, v); err != nil {
		return err
	}
	w.Write(b.Bytes())
	return nil
}

func config(version string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Backtrail",
				Version: version,
				Description: "The records of an account and the audit log of every change of them. Times are RFC 3339 in UTC with microseconds, " +
					"ids are UUIDs, decimals are strings. Unknown fields and parameters are refused by name. Errors are problem documents (RFC 9457).",
				License: &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: Prefix}},
			Tags: []*huma.Tag{
				{Name: "session", Description: "Who is calling"},
				{Name: "account", Description: "The account's settings"},
				{Name: "objects", Description: "The types of records"},
				{Name: "records", Description: "The records; every change of one is an event"},
				{Name: "audit", Description: "The audit log"},
				{Name: "agency", Description: "The logs of several accounts as one, for a person with the role agency in each of them; API keys get 403"},
				{Name: "exports", Description: "The log as files"},
				{Name: "ledger", Description: "The log as a ledger that others can check, of its own account alone"},
				{Name: "restore", Description: "Taking deletions and changes back"},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key": {Type: "http", Scheme: "bearer", BearerFormat: "bt_...", Description: "An API key of one account"},
					"session": {Type: "apiKey", In: "cookie", Name: SessionCookie,
						Description: "The cookie that a login sets. A person in several accounts names one in the header Backtrail-Account."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat: "application/json",
	}
}

// schemaName names the types of the document; two names would be taken twice.
func schemaName(t reflect.Type, hint string) string {
	switch t {
	case reflect.TypeFor[errs.Field]():
		return "Mistake"
	case reflect.TypeFor[restore.Count]():
		return "PlanCount"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// problems says what each status of an error means here.
var problems = map[int]string{
	http.StatusBadRequest:                   "The request is wrong in itself; `fields` names each mistake",
	http.StatusUnauthorized:                 "No or bad credentials",
	http.StatusForbidden:                    "The caller may not do this; the refusal is an event in the log",
	http.StatusNotFound:                     "There is no such thing in the account",
	http.StatusConflict:                     "It does not fit what is there now",
	http.StatusGone:                         "It was there and is no longer",
	http.StatusPreconditionFailed:           "Somebody changed it in the meantime",
	http.StatusRequestEntityTooLarge:        "The body has more than 10 MiB",
	http.StatusUnsupportedMediaType:         "The body is of another content type than the route takes",
	http.StatusRequestedRangeNotSatisfiable: "The file has no such range",
	http.StatusUnprocessableEntity:          "It cannot be done to this thing",
	http.StatusTooManyRequests:              "Too many attempts, or too many at a time; the header Retry-After says how many seconds to wait",
	http.StatusServiceUnavailable:           "It cannot be had as long as the server is in this state; `fix` says what to do",
	http.StatusInternalServerError:          "Something went wrong on our side; `request` finds it in the server's log",
}

// describeErrors documents the errors that a route may answer with.
func describeErrors(api huma.API, op *huma.Operation) {
	codes := []int{400, 500}
	if len(op.Security) > 0 {
		codes = append(codes, 401, 403, 404)
	} else {
		codes = append(codes, 401, 429)
	}
	if op.Method != http.MethodGet && op.Method != http.MethodDelete {
		codes = append(codes, 409, 413, 415)
	}
	if op.Method == http.MethodDelete {
		codes = append(codes, 409)
	}
	if more, ok := op.Metadata[moreErrors].([]int); ok {
		codes = append(codes, more...)
	}
	if op.OperationID == "changePassword" {
		codes = append(codes, 412, 429)
	}
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, code := range codes {
		op.Responses[strconv.Itoa(code)] = &huma.Response{Description: problems[code],
			Content: map[string]*huma.MediaType{problemType: {Schema: schema}}}
	}
}

// document is the OpenAPI document, indented so that a change of it reads well.
func document(o *huma.OpenAPI) []byte {
	compact, err := json.Marshal(o)
	if err != nil {
		panic("api: the OpenAPI document: " + err.Error()) // made of constants
	}
	var v any
	if err := json.Unmarshal(compact, &v); err != nil {
		panic("api: the OpenAPI document: " + err.Error())
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("api: the OpenAPI document: " + err.Error())
	}
	return append(out, '\n')
}

// Document is the OpenAPI document as it is served.
func (a *API) Document() []byte { return a.doc }

func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	w.Write(a.doc)
}
