package web

import (
	"mime"
	"net/http"

	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
)

// attach sets the headers of a download.
func attach(v *visit, name string, format export.Format) {
	h := v.ResponseWriter.Header()
	h.Set("Content-Type", format.MediaType())
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// sendDirect writes a small export. When it breaks off behind its first byte the connection is cut, so that nobody takes
// half a file for a whole one.
func sendDirect(v *visit, d *export.Direct) error {
	attach(v, d.FileName(), d.Format())
	out := &firstByte{ResponseWriter: v.ResponseWriter}
	if _, err := d.Write(v.Context(), out); err != nil {
		if !out.written {
			v.ResponseWriter.Header().Del("Content-Disposition")
			return err
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// firstByte knows whether anything was written.
type firstByte struct {
	http.ResponseWriter
	written bool
}

func (f *firstByte) Write(b []byte) (int, error) {
	f.written = f.written || len(b) > 0
	return f.ResponseWriter.Write(b)
}

func (s *site) exportFile(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	e, file, err := s.ws.Exports.Open(v.Context(), v.caller(), jobs.ID(id))
	if err != nil {
		return err
	}
	attach(v, e.FileName(), e.Format)
	http.ServeContent(v.ResponseWriter, v.Request, "", e.FinishedAt, file)
	return nil
}

// exportDelete cancels an export, or removes its file.
func (s *site) exportDelete(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	e, err := s.ws.Exports.Get(v.Context(), v.caller(), jobs.ID(id))
	if err != nil {
		return err
	}
	if err := s.ws.Exports.Delete(v.Context(), v.caller(), jobs.ID(id)); err != nil {
		return err
	}
	if e.Status.Final() {
		return v.redirect(exportsPath, Success("The file of the export was removed."))
	}
	return v.redirect(exportsPath, Success("The export was cancelled."))
}
