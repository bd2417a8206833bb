package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
)

// Import asks for an import of a CSV file of up to 10 MiB.
type Import struct {
	FileName string // for the log
	File     io.Reader
	// Mapping is the field's key for each column's header; nil takes the columns by their names.
	Mapping       map[string]string
	Defaults      map[string]string // texts that every new record gets
	MatchOn       string            // the field that finds the record to update
	CreateMissing []string          // objects that may be made for a reference that names none
	LeaveEmpty    bool              // import rows without the optional values that cannot be read
	DateFormat    string
	Region        string // of phone numbers without a country code
	DryRun        bool
}

// ImportResult is what an import came to.
type ImportResult struct {
	Operation  string          `json:"operation"` // "" when nothing was written
	DryRun     bool            `json:"dry_run"`
	Rows       int             `json:"rows"`
	Created    int             `json:"created"`
	Updated    int             `json:"updated"`
	Unchanged  int             `json:"unchanged"`
	FailedRows int             `json:"failed_rows"`
	Made       map[string]int  `json:"made"` // for references, by object
	Failed     []ImportFailure `json:"failed"`
	Warnings   []ImportFailure `json:"warnings"`
	WarningNum int             `json:"warning_count"`
}

// ImportFailure is what is wrong with a row; Row is the number that a spreadsheet shows.
type ImportFailure struct {
	Row    int    `json:"row"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Import imports a file in one operation; rows that are wrong are left out and told.
func (c *Client) Import(ctx context.Context, object string, in Import) (ImportResult, error) {
	var out ImportResult
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]any{"mapping": in.Mapping, "defaults": in.Defaults, "create_missing": in.CreateMissing} {
		text, err := json.Marshal(value)
		if err == nil && string(text) != "null" {
			err = form.WriteField(name, string(text))
		}
		if err != nil {
			return out, err
		}
	}
	for name, text := range map[string]string{"match_on": in.MatchOn, "date_format": in.DateFormat, "region": in.Region,
		"leave_empty": boolText(in.LeaveEmpty), "dry_run": boolText(in.DryRun)} {
		if text != "" {
			if err := form.WriteField(name, text); err != nil {
				return out, err
			}
		}
	}
	file, err := form.CreateFormFile("file", in.FileName)
	if err == nil {
		_, err = io.Copy(file, in.File)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return out, err
	}
	err = c.call(ctx, request{method: http.MethodPost, path: []string{"records", object, "import"}, body: &body,
		header: http.Header{"Content-Type": {form.FormDataContentType()}}}, &out)
	return out, err
}
