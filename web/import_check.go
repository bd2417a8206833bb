package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/jobs"
)

// importCheck tries the import without keeping anything.
func (s *site) importCheck(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	kept, file, err := s.ws.Imports.Kept(v.Context(), v.caller(), jobs.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	r := importRequest(form, kept)
	job, err := s.ws.Imports.Enqueue(v.Context(), v.caller(), r, file)
	if err != nil && (shownOnForm(err) || errs.Is(err, errs.TooLarge)) {
		return s.showImportMap(v, r, err)
	}
	if err != nil {
		return err
	}
	return v.redirect("/import/"+string(kept.ID)+"/"+string(job.ID), nil)
}

// importRequest is what the form of the mapping asks for, as a check.
func importRequest(form url.Values, kept importer.Upload) importer.Request {
	r := importer.Request{Object: kept.Object, FileName: kept.Name, Options: optionsOf(form), Mapping: map[string]string{}, Defaults: map[string]string{},
		MatchOn: form.Get("match_on"), CreateMissing: form["create_missing"], LeaveEmpty: form.Get("leave_empty") == "true",
		DateFormat: importer.DateFormat(form.Get("date_format")), Region: strings.TrimSpace(form.Get("region")), DryRun: true}
	for i := 0; form.Has("column." + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		r.Mapping[form.Get("column."+n)] = form.Get("field." + n)
	}
	for key := range form {
		if field, ok := strings.CutPrefix(key, "default."); ok {
			if text := strings.TrimSpace(form.Get(key)); text != "" {
				r.Defaults[field] = text
			}
		}
	}
	return r
}

// optionsOf are the choices of how to read the file.
func optionsOf(values url.Values) importer.Options {
	o := importer.Options{NoHeader: values.Get("no_header") == "true"}
	switch d := values.Get("delimiter"); {
	case d == "tab":
		o.Delimiter = '\t'
	case d != "":
		o.Delimiter = []rune(d)[0]
	}
	return o
}
