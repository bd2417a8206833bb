package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// streamed is an answer that writes itself.
type streamed struct{ Body func(huma.Context) }

// exportFile sends the file, or the ranges of it that were asked for.
func (a *API) exportFile(ctx context.Context, in *struct {
	ExportPath
	Range string `header:"Range" doc:"Parts of the file, to go on with a download that broke off" example:"bytes=1048576-"`
}) (*streamed, error) {
	e, file, err := a.Exports.Open(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &streamed{func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", e.Format.MediaType())
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.FileName()}))
		h.Set("ETag", strconv.Quote(e.SHA256))
		http.ServeContent(w, r, "", e.FinishedAt, file)
	}}, nil
}
