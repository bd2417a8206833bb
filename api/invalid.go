package api

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/errs"
)

// huma knows one way only to have its own errors in another form: these variables of the package.
func init() {
	huma.ValidateStrictCasing, huma.DefaultArrayNullable = true, false
	huma.NewError = func(status int, msg string, causes ...error) huma.StatusError {
		return &Problem{Status: status, Detail: msg}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, causes ...error) huma.StatusError {
		if ctx == nil {
			return huma.NewError(status, msg, causes...)
		}
		return problemOf(ctx.Context(), errorOf(status, msg, causes))
	}
}

// errorOf turns huma's mistakes into ours.
func errorOf(status int, msg string, causes []error) *errs.Error {
	if status >= http.StatusInternalServerError {
		return errs.Of(fmt.Errorf("%s: %w", msg, errors.Join(causes...)))
	}
	if status == http.StatusUnsupportedMediaType {
		return wrongMediaType()
	}
	var fields []errs.Field
	for _, cause := range causes {
		if d, ok := cause.(huma.ErrorDetailer); ok {
			fields = append(fields, fieldOf(d.ErrorDetail()))
			continue
		}
		e := errs.Of(cause)
		if e.Kind != errs.Invalid || len(e.Fields) == 0 {
			return e
		}
		fields = append(fields, e.Fields...)
	}
	if err := errs.InvalidFields(fields); err != nil {
		return errs.Of(err)
	}
	return errs.New(errs.Invalid, "invalid_request", "%s.", upperFirst(msg))
}

var requiredProperty = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// fieldOf words a mistake that the schema found.
func fieldOf(d *huma.ErrorDetail) errs.Field {
	field := d.Location
	for _, place := range []string{"query.", "path.", "header.", "body.", "form."} {
		field = strings.TrimPrefix(field, place)
	}
	if field == "body" {
		field = ""
	}
	if m := requiredProperty.FindStringSubmatch(d.Message); m != nil {
		field = strings.TrimPrefix(field+"."+m[1], ".")
		return errs.Field{Field: field, Code: "required", Detail: fmt.Sprintf("%s must be given.", field)}
	}
	if strings.HasPrefix(d.Message, "unexpected property") {
		return errs.Field{Field: field, Code: "unknown_field", Detail: fmt.Sprintf("There is no field %s here.", field)}
	}
	code := "invalid_value"
	for _, kind := range []string{"boolean", "number", "integer", "string", "array", "object"} {
		if d.Message == "expected "+kind || d.Message == "invalid "+kind {
			code = "invalid_type"
		}
	}
	if field == "" {
		field = "body"
	}
	return errs.Field{Field: field, Code: code, Detail: fmt.Sprintf("%s: %s.", field, d.Message)}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
