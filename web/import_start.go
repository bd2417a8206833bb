package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
)

// importStartPage asks which file of what is to be imported.
type importStartPage struct {
	Base
	Objects []formOption
	Errors  *formErrors
}

func (s *site) importStart(v *visit) error { return s.showImportStart(v, v.FormValue("object"), nil) }

func (s *site) showImportStart(v *visit, object string, problem error) error {
	page := &importStartPage{Base: s.base(v, "Import", v.navOf(object)), Errors: summarize(problem, func(key string) bool { return key == "file" || key == "object" })}
	for _, o := range v.schema().Objects() {
		if view := v.views()[o.Key]; view != nil && view.imports && v.mayWrite(o) {
			page.Objects = append(page.Objects, formOption{o.Key, o.LabelPlural, o.Key == object})
		}
	}
	if len(page.Objects) == 0 {
		return errs.MissingPermission(string(audit.RecordsWrite), "import records")
	}
	return v.render(statusOfForm(problem), "import_start", page)
}

// navOf is the entry in the navigation of an object's pages.
func (v *visit) navOf(object string) string {
	if view := v.views()[object]; view != nil {
		return view.nav
	}
	return "contacts"
}

// maxFormMemory is how much of a form with a file is held in memory; the rest goes through a temporary file.
const maxFormMemory = 4 << 20

// importUpload keeps the file for the steps that follow.
func (s *site) importUpload(v *visit) error {
	v.Body = http.MaxBytesReader(v.ResponseWriter, v.Body, importer.MaxFile+maxForm)
	err := v.ParseMultipartForm(maxFormMemory)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return s.showImportStart(v, "", errs.InvalidField("file", "file_too_large", "The file is too large: the limit is %d MiB.", tooLarge.Limit>>20))
	}
	if err != nil {
		return errs.New(errs.Invalid, "invalid_form", "The form cannot be read.").WithFix("Choose the file again.").Because(err)
	}
	defer func() { _ = v.MultipartForm.RemoveAll() }() // temporary files, which the system clears away too
	object := v.FormValue("object")
	if view := v.views()[object]; view == nil || !view.imports {
		return s.showImportStart(v, "", errs.InvalidField("object", "invalid_option", "Choose what the file holds."))
	}
	file, head, err := v.FormFile("file")
	if err != nil || head.Size == 0 {
		return s.showImportStart(v, object, errs.InvalidField("file", "required", "Choose a file that is not empty."))
	}
	defer file.Close()
	kept, err := s.ws.Imports.Keep(v.Context(), v.caller(), object, fileName(head), file)
	if errs.Is(err, errs.TooLarge) {
		e := errs.Of(err)
		return s.showImportStart(v, object, errs.InvalidField("file", e.Code, "%s", e.Detail+" "+e.Fix))
	}
	if err != nil {
		return err
	}
	return v.redirect("/import/"+string(kept.ID), nil)
}

// fileName is the name of an uploaded file, without its folders.
func fileName(head *multipart.FileHeader) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(head.Filename, "\uFFFD"), `\`, "/"))
	if r := []rune(name); len(r) > 200 {
		name = string(r[:200])
	}
	return name
}
