package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Record is one thing of one object.
type Record struct {
	Object    string
	ID        audit.RecordID
	Name      string
	Version   int64 // from 1, one more with each write
	CreatedAt time.Time
	UpdatedAt time.Time
	// Fields hold the values by key; a field without value is absent. A secret field holds true when it is set.
	Fields map[string]audit.Value
}

// Ref points at the record.
func (r *Record) Ref() *audit.Ref {
	return &audit.Ref{Object: r.Object, ID: r.ID, Name: r.Name, Version: r.Version}
}

// refWithCreation is Ref with the time of creation, for the events from which a record can be made again.
func (r *Record) refWithCreation() *audit.Ref {
	ref := r.Ref()
	ref.CreatedAt = r.CreatedAt
	return ref
}

// MarshalJSON is the record as CONTRACT shows it, with null for fields without value that the schema knows.
func (r *Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Object    string                 `json:"object"`
		ID        audit.RecordID         `json:"id"`
		Name      string                 `json:"name"`
		Version   int64                  `json:"version"`
		CreatedAt string                 `json:"created_at"`
		UpdatedAt string                 `json:"updated_at"`
		Fields    map[string]audit.Value `json:"fields"`
	}{r.Object, r.ID, r.Name, r.Version, r.CreatedAt.UTC().Format(audit.TimeLayout), r.UpdatedAt.UTC().Format(audit.TimeLayout), r.Fields})
}

// Link is a reference from a record.
type Link struct {
	Field  string
	Target audit.RecordID
}

// UniqueKey is a value that one record of the account can have.
type UniqueKey struct {
	Object string
	Field  string
	Within audit.RecordID // the parent it is unique in, "" for the account
	Value  string         // folded; a hash when it is long
}

// Row is a record with what the store keeps beside it to find it by. The engine derives all of it from the record.
type Row struct {
	Record
	Links   []Link
	Keys    []UniqueKey
	Search  string            // what a list is searched by, in small letters
	Secrets map[string]string // values of secret fields that this write sets; "" removes one
}

// row derives what is kept beside a record.
func (o *Object) row(r Record) Row {
	row := Row{Record: r}
	var search strings.Builder
	search.WriteString(strings.ToLower(r.Name))
	for i := range o.Fields {
		f := &o.Fields[i]
		v := r.Fields[f.Key]
		if v == audit.None {
			continue
		}
		switch f.Type {
		case RefType:
			row.Links = append(row.Links, Link{f.Key, audit.RecordID(v.Text())})
		case Text, Email, Phone, URL, Tags:
			search.WriteByte('\n')
			if f.Type == Tags {
				search.WriteString(strings.ToLower(strings.Join(v.Strings(), "\n")))
			} else {
				search.WriteString(strings.ToLower(v.Text()))
			}
		}
		if key, ok := o.UniqueKeyOf(f, r.Fields); ok {
			row.Keys = append(row.Keys, key)
		}
	}
	row.Search = search.String()
	return row
}

// UniqueKeyOf is the unique value that a record with these fields has in f, if f is unique and has a value.
func (o *Object) UniqueKeyOf(f *Field, fields map[string]audit.Value) (UniqueKey, bool) {
	v := fields[f.Key]
	if v == audit.None || !f.Unique && f.UniqueWithin == "" {
		return UniqueKey{}, false
	}
	key := UniqueKey{Object: o.Key, Field: f.Key, Value: fold(v.Text())}
	if f.UniqueWithin != "" {
		key.Within = audit.RecordID(fields[f.UniqueWithin].Text())
	}
	return key, true
}

// fold makes the values alike that count as the same. Beyond 500 bytes it gives a hash: PostgreSQL's indexes take no more than 2,700.
func fold(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(s)), " ")
	if len(s) > 500 {
		sum := sha256.Sum256([]byte(s))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return s
}
