package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
)

// importForm is the form of an import as it was sent.
type importForm struct {
	file     []byte
	fileName string
	hasFile  bool
	texts    map[string][]string
}

// formTexts are the fields of the form beside the file; true for those that may repeat.
var formTexts = map[string]bool{"mapping": false, "defaults": false, "dry_run": false, "match_on": false, "create_missing": true,
	"leave_empty": false, "date_format": false, "region": false}

// readForm reads a form of at most MaxBody bytes. The file is a copy.
func readForm(contentType string, body []byte) (*importForm, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil, errs.InvalidField("body", "invalid_form", "The Content-Type names no boundary.")
	}
	f := &importForm{texts: map[string][]string{}}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			return nil, errs.InvalidField("body", "invalid_form", "The form is not complete.").Because(err)
		}
		if err := f.take(part.FormName(), part.FileName(), content); err != nil {
			return nil, err
		}
	}
	if !f.hasFile {
		return nil, errs.InvalidField("file", "required", "file must be given.")
	}
	return f, nil
}

func (f *importForm) take(name, fileName string, content []byte) error {
	if name == "file" {
		if f.hasFile {
			return errs.InvalidField(name, "repeated", "file may be given once.")
		}
		f.file, f.fileName, f.hasFile = content, fileName, true
		return nil
	}
	repeats, known := formTexts[name]
	shown := strings.ToValidUTF8(name, "\uFFFD")
	if !known {
		return errs.InvalidField(shown, "unknown_field", "There is no field %s in this form.", audit.Quote(shown))
	}
	if len(f.texts[name]) > 0 && !repeats {
		return errs.InvalidField(name, "repeated", "%s may be given once.", name)
	}
	f.texts[name] = append(f.texts[name], string(content))
	return nil
}

func (f *importForm) text(name string) string { return strings.Join(f.texts[name], "") }

// request makes the request of an import; every wrong field is named.
func (f *importForm) request(object string) (importer.Request, error) {
	req := importer.Request{Object: object, FileName: strings.ToValidUTF8(f.fileName, "\uFFFD"), MatchOn: f.text("match_on"),
		DateFormat: importer.DateFormat(f.text("date_format")), Region: f.text("region")}
	var wrong []errs.Field
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, errs.Of(err).Fields...)
		}
	}
	var err error
	req.DryRun, err = f.flag("dry_run")
	note(err)
	req.LeaveEmpty, err = f.flag("leave_empty")
	note(err)
	note(f.json("mapping", &req.Mapping))
	note(f.json("defaults", &req.Defaults))
	for _, text := range f.texts["create_missing"] {
		objects, err := nameList("create_missing", text)
		note(err)
		req.CreateMissing = append(req.CreateMissing, objects...)
	}
	return req, errs.InvalidFields(wrong)
}

func (f *importForm) flag(name string) (bool, error) {
	text := f.text(name)
	if text == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, errs.InvalidField(name, "invalid_type", "%s must be true or false.", name)
	}
	return v, nil
}

// json reads a field that holds JSON, if it is there.
func (f *importForm) json(name string, into *map[string]string) error {
	text := strings.TrimSpace(f.text(name))
	if text == "" || text == "null" {
		return nil
	}
	err := checkJSON([]byte(text))
	if err == nil {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		return errs.InvalidField(name, "invalid_json", `%s must be a JSON object of texts, such as {"Email":"email"}: %s`, name, reason(err))
	}
	return nil
}

// nameList reads ["a","b"] or a,b.
func nameList(field, text string) ([]string, error) {
	text = strings.TrimSpace(text)
	var names []string
	if strings.HasPrefix(text, "[") {
		if err := json.Unmarshal([]byte(text), &names); err != nil {
			return nil, errs.InvalidField(field, "invalid_json", `%s must be a list such as ["company"].`, field)
		}
		return names, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" }), nil
}

func reason(err error) string {
	if e := errs.Of(err); e.Kind != errs.Internal {
		return e.Detail
	}
	return fmt.Sprintf("%v.", err)
}
