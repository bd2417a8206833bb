package importer

import (
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Request asks for an import.
type Request struct {
	Object   string  `json:"object"`
	FileName string  `json:"file_name"` // for the log; may be empty
	Options  Options `json:"options"`
	// Mapping is the field's key for each header; "" ignores a column, and so does leaving it out. nil maps each column
	// to the field whose name it is known by.
	Mapping map[string]string `json:"mapping"`
	// Defaults are texts, written as in a cell, by the field's key: every row gets them, and when the field has a
	// column too, those new records whose cell is blank.
	Defaults map[string]string `json:"defaults"`
	// MatchOn is the field by whose value a row finds the record that it updates; "" makes a record of every row. A blank
	// cell changes nothing of the record. Rows with a blank value in this field make records.
	MatchOn string `json:"match_on"`
	// CreateMissing are the objects of which a record may be made when a reference names none.
	CreateMissing []string `json:"create_missing"`
	// LeaveEmpty imports a row without the optional values that cannot be read, and without references that name nothing;
	// each is a warning then.
	LeaveEmpty bool       `json:"leave_empty"`
	DateFormat DateFormat `json:"date_format"` // "" is DateAuto
	Region     string     `json:"region"`      // of phone numbers without a country code; see Phones
	// DryRun does everything but keep it.
	DryRun bool `json:"dry_run"`
}

// MaxNotes bounds Result.Failed and Result.Warnings; the counts go on.
const MaxNotes = 10_000

// Result is what an import came to. Rows is the sum of Created, Updated, Unchanged and FailedRows. Of a dry run it is what
// the import would come to.
type Result struct {
	// Operation is "" when nothing was written: then there is nothing in the log either.
	Operation  audit.OperationID `json:"operation"`
	DryRun     bool              `json:"dry_run"`
	Rows       int               `json:"rows"`
	Created    int               `json:"created"`
	Updated    int               `json:"updated"`
	Unchanged  int               `json:"unchanged"` // found by MatchOn, and already as the row says
	FailedRows int               `json:"failed_rows"`
	WarningNum int               `json:"warning_count"`
	// Made counts the records that were made for references, by object.
	Made     map[string]int `json:"made"`
	Failed   []Failure      `json:"failed"`   // one for each row that was left out, by row
	Warnings []Failure      `json:"warnings"` // values that were left out, by row
}

// Failure is what is wrong with a row. Row is the number that a spreadsheet shows. When several fields are wrong, Field is
// the first and Detail tells of all.
type Failure struct {
	Row    int    `json:"row"`
	Field  string `json:"field"` // the field's key, "" when it is the row as a whole
	Detail string `json:"detail"`
}

// sentence is an error in words, with what to do.
func sentence(err error) string {
	e := errs.Of(err)
	if e.Fix == "" {
		return e.Detail
	}
	return e.Detail + " " + e.Fix
}

// inRow names the row in an error that ends the import.
func inRow(row int, err error) error {
	if errs.Is(err, errs.Internal) {
		return fmt.Errorf("importer: row %d: %w", row, err)
	}
	e := *errs.Of(err)
	e.Detail = fmt.Sprintf("Row %d: %s", row, e.Detail)
	return &e
}
