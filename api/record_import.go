package api

import (
	"bytes"
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/importer"
)

// ImportResult is what an import came to, or, of a dry run, would come to.
type ImportResult struct {
	Operation  *audit.OperationID `json:"operation" doc:"null when nothing was written"`
	DryRun     bool               `json:"dry_run"`
	Rows       int                `json:"rows" doc:"The sum of created, updated, unchanged and failed_rows"`
	Created    int                `json:"created"`
	Updated    int                `json:"updated"`
	Unchanged  int                `json:"unchanged"`
	FailedRows int                `json:"failed_rows"`
	Made       map[string]int     `json:"made" doc:"Records that were made for references, by object"`
	Failed     []ImportFailure    `json:"failed" doc:"One for each row that was left out, at most 10,000"`
	Warnings   []ImportFailure    `json:"warnings" doc:"Values that were left out, at most 10,000"`
	WarningNum int                `json:"warning_count"`
}

// ImportFailure is what is wrong with a row.
type ImportFailure struct {
	Row    int    `json:"row" doc:"As a spreadsheet counts"`
	Field  string `json:"field" doc:"Empty when it is the row as a whole"`
	Detail string `json:"detail"`
}

type importAnswer struct{ Body ImportResult }

// imports describes the form.
func imports(op huma.Operation) huma.Operation {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"file":           {Type: huma.TypeString, Format: "binary", Description: "CSV with a header"},
		"mapping":        text("JSON: the field's key for each column's header, \"\" to ignore one. Without it each column goes to the field by whose name it is known"),
		"defaults":       text("JSON: texts by the field's key that every new record gets"),
		"dry_run":        text("true: do everything but keep it"),
		"match_on":       text("The field by whose value a row finds the record that it updates"),
		"create_missing": text("Objects of which a record may be made for a reference that names none: a JSON list, or separated by commas"),
		"leave_empty":    text("true: import rows without the optional values that cannot be read"),
		"date_format":    text("auto, or the order of days and months; a wrong value names those that there are"),
		"region":         text("Of phone numbers without a country code, as in PT"),
	}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
	op.SkipValidateBody = true // the form is read below
	return op
}

func (a *API) importRecords(ctx context.Context, in *struct {
	ObjectPath
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"multipart/form-data"`
}) (*importAnswer, error) {
	f, err := readForm(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	req, err := f.request(in.Object)
	if err != nil {
		return nil, err
	}
	res, err := a.Imports.Run(ctx, callerOf(ctx), req, bytes.NewReader(f.file))
	if err != nil {
		return nil, err
	}
	return &importAnswer{ImportResult{Operation: nullable(res.Operation), DryRun: res.DryRun, Rows: res.Rows, Created: res.Created,
		Updated: res.Updated, Unchanged: res.Unchanged, FailedRows: res.FailedRows, Made: res.Made,
		Failed: failures(res.Failed), Warnings: failures(res.Warnings), WarningNum: res.WarningNum}}, nil
}

func failures(found []importer.Failure) []ImportFailure {
	out := make([]ImportFailure, len(found))
	for i, f := range found {
		out[i] = ImportFailure(f)
	}
	return out
}
