package export

import (
	"errors"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/sheet"
)

// Encoder writes events in one form. It appends to dst and returns it, and keeps no reference to either argument.
// An encoder is for one export at a time.
type Encoder interface {
	// Begin appends what stands before the first event.
	Begin(dst []byte) []byte
	// Append appends one event. An error means that the stored bytes are damaged.
	Append(dst []byte, s audit.Stored) ([]byte, error)
}

// Format is a form of an export.
type Format string

// The formats.
const (
	CSVFormat   Format = "csv"
	JSONLFormat Format = "jsonl"
	// EvidenceFormat is the pack of package evidence. It has no Encoder: it is made of the sealed log, not of a list.
	EvidenceFormat Format = "evidence"
)

// Formats lists them.
var Formats = []Format{CSVFormat, JSONLFormat, EvidenceFormat}

var errDamaged = errors.New("export: a stored event is damaged")

// ParseFormat reads a format's name; anything else is errs.Invalid and says what is possible.
func ParseFormat(s string) (Format, error) {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		if names[i] = string(f); names[i] == s {
			return f, nil
		}
	}
	return "", errs.InvalidField("format", "invalid_format", "format is %s; it must be one of %s.",
		audit.Quote(strings.ToValidUTF8(s, "\uFFFD")), strings.Join(names, ", "))
}

// NewEncoder returns an encoder; times of day are in loc where the format leaves a choice.
func NewEncoder(f Format, loc *time.Location) (Encoder, error) {
	switch f {
	case CSVFormat:
		return sheet.NewCSV(loc), nil
	case JSONLFormat:
		return JSONL{}, nil
	}
	return nil, errs.InvalidField("format", "invalid_format", "format is %s; a list of events is csv or jsonl.", audit.Quote(strings.ToValidUTF8(string(f), "\uFFFD")))
}

// MediaType is the value of Content-Type.
func (f Format) MediaType() string {
	switch f {
	case CSVFormat:
		return "text/csv; charset=utf-8"
	case EvidenceFormat:
		return "application/zip"
	}
	return "application/x-ndjson"
}

// label is the format in a sentence.
func (f Format) label() string {
	if f == EvidenceFormat {
		return "evidence pack"
	}
	return strings.ToUpper(string(f))
}

// ParseZone reads the name of a time zone, as in "Europe/Lisbon".
func ParseZone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, errs.InvalidField("timezone", "invalid_timezone", `timezone is %s; it must be the name of a time zone, such as "Europe/Lisbon" or "UTC".`,
			audit.Quote(strings.ToValidUTF8(name, "\uFFFD")))
	}
	return loc, nil
}
