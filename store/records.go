package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Records are trusted as the account's present state. Someone who edits them in the database changes what the pages
// show, and the log will not fold to them any more: that is how it is found out.

const recordColumns = "id, version, created_at, updated_at, name, fields"

func scanRecord(object string, more ...any) func(row) (*crm.Record, error) {
	return func(r row) (*crm.Record, error) {
		rec := &crm.Record{Object: object}
		var created, updated int64
		var fields string
		if err := r.Scan(append([]any{&rec.ID, &rec.Version, &created, &updated, &rec.Name, &fields}, more...)...); err != nil {
			return nil, err
		}
		rec.CreatedAt, rec.UpdatedAt = instant(created), instant(updated)
		var err error
		rec.Fields, err = decodeFields(fields)
		return rec, err
	}
}

// Rows implements crm.View. The secrets are not read: the record says which ones are set.
func (v *View) Rows(ctx context.Context, object string, ids []audit.RecordID) ([]crm.Row, error) {
	var search, kept string
	record := scanRecord(object, &search, &kept)
	return all(ctx, v.c, func(r row) (crm.Row, error) {
		rec, err := record(r)
		if err != nil {
			return crm.Row{}, err
		}
		out := crm.Row{Record: *rec, Search: search}
		return out, decodeBeside(kept, &out)
	}, "SELECT "+recordColumns+", search, beside FROM records WHERE account = $1 AND object = $2 AND id IN ("+
		v.c.words().elements("$3")+")", v.account, object, array(ids))
}

// Insert implements crm.Tx.
func (tx *Tx) Insert(ctx context.Context, rows []crm.Row) error {
	var steps []step
	for i := range rows {
		r := &rows[i]
		steps = append(steps, step{text: "INSERT INTO records (account, object, id, version, created_at, updated_at, name, sort_name, search, fields, beside) " +
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			args: []any{tx.account, r.Object, r.ID, r.Version, micros(r.CreatedAt), micros(r.UpdatedAt), r.Name, strings.ToLower(r.Name),
				r.Search, encodeFields(r.Fields), encodeBeside(r)},
			mend: func(err error) error {
				if tx.w.d.isTaken(err) {
					return errs.New(errs.Conflict, "id_taken", "There is a record with the id %s already.", r.ID).Because(err)
				}
				return err
			}})
		steps = append(steps, tx.insertBeside(r, r.Links, r.Keys)...)
	}
	return tx.w.steps(ctx, steps)
}

// Update implements crm.Tx. It is errs.Stale when the record is not the one that Rows gave any more.
func (tx *Tx) Update(ctx context.Context, before, after crm.Row) error {
	steps := []step{{text: "UPDATE records SET version = $1, created_at = $2, updated_at = $3, name = $4, sort_name = $5, search = $6, fields = $7, beside = $8 " +
		"WHERE account = $9 AND object = $10 AND id = $11 AND version = $12",
		args: []any{after.Version, micros(after.CreatedAt), micros(after.UpdatedAt), after.Name, strings.ToLower(after.Name), after.Search,
			encodeFields(after.Fields), encodeBeside(&after), tx.account, before.Object, before.ID, before.Version},
		check: func(n int64) error {
			if n != 1 {
				return errs.New(errs.Stale, "version_conflict", "Somebody changed %s in the meantime.", audit.Quote(before.Name))
			}
			return nil
		}}}
	steps = append(steps, tx.deleteBeside(&before, without(before.Links, after.Links), without(before.Keys, after.Keys))...)
	steps = append(steps, tx.insertBeside(&after, without(after.Links, before.Links), without(after.Keys, before.Keys))...)
	return tx.w.steps(ctx, steps)
}

// without returns the items that others do not have.
func without[T comparable](items, others []T) []T {
	var out []T
	for _, v := range items {
		if !slices.Contains(others, v) {
			out = append(out, v)
		}
	}
	return out
}

// Delete implements crm.Tx.
func (tx *Tx) Delete(ctx context.Context, rows []crm.Row) error {
	ids := map[string][]audit.RecordID{}
	var steps []step
	for i := range rows {
		r := &rows[i]
		ids[r.Object] = append(ids[r.Object], r.ID)
		steps = append(steps, tx.deleteBeside(r, r.Links, r.Keys)...)
	}
	for _, object := range slices.Sorted(maps.Keys(ids)) {
		for chunk := range slices.Chunk(ids[object], 500) {
			for _, table := range []string{"records", "secrets"} {
				steps = append(steps, step{text: "DELETE FROM " + table + " WHERE account = $1 AND object = $2 AND id IN (" + tx.w.d.elements("$3") + ")",
					args: []any{tx.account, object, array(chunk)}})
			}
		}
	}
	return tx.w.steps(ctx, steps)
}

// insertBeside adds links, unique values and the record's secrets.
func (tx *Tx) insertBeside(r *crm.Row, links []crm.Link, keys []crm.UniqueKey) (steps []step) {
	if len(links) > 0 {
		args := make([]any, 0, 5*len(links))
		for _, l := range links {
			args = append(args, tx.account, l.Target, r.Object, l.Field, r.ID)
		}
		var text strings.Builder
		text.WriteString("INSERT INTO links (account, target, object, field, id) VALUES ")
		writeTuples(&text, len(links), 5)
		steps = append(steps, step{text: text.String(), args: args})
	}
	for _, k := range keys {
		steps = append(steps, step{text: "INSERT INTO uniques (account, object, field, within, value, id) VALUES ($1, $2, $3, $4, $5, $6)",
			args: []any{tx.account, k.Object, k.Field, k.Within, k.Value, r.ID},
			mend: func(err error) error {
				if !tx.w.d.isTaken(err) {
					return err
				}
				e := errs.InvalidField(k.Field, "unique_taken", "Another record has this value of %s already.", k.Field).Because(err)
				e.Kind = errs.Conflict
				return e
			}})
	}
	for _, field := range slices.Sorted(maps.Keys(r.Secrets)) {
		steps = append(steps, step{text: "DELETE FROM secrets WHERE account = $1 AND object = $2 AND id = $3 AND field = $4", args: []any{tx.account, r.Object, r.ID, field}})
		if r.Secrets[field] != "" {
			steps = append(steps, step{text: "INSERT INTO secrets (account, object, id, field, value) VALUES ($1, $2, $3, $4, $5)",
				args: []any{tx.account, r.Object, r.ID, field, r.Secrets[field]}})
		}
	}
	return steps
}

func (tx *Tx) deleteBeside(r *crm.Row, links []crm.Link, keys []crm.UniqueKey) (steps []step) {
	for _, l := range links {
		steps = append(steps, step{text: "DELETE FROM links WHERE account = $1 AND target = $2 AND object = $3 AND field = $4 AND id = $5",
			args: []any{tx.account, l.Target, r.Object, l.Field, r.ID}})
	}
	for _, k := range keys {
		steps = append(steps, step{text: "DELETE FROM uniques WHERE account = $1 AND object = $2 AND field = $3 AND within = $4 AND value = $5 AND id = $6",
			args: []any{tx.account, k.Object, k.Field, k.Within, k.Value, r.ID}})
	}
	return steps
}

// Holder implements crm.View.
func (v *View) Holder(ctx context.Context, key crm.UniqueKey) (audit.RecordID, error) {
	id, _, err := one(ctx, v.c, scanText[audit.RecordID],
		"SELECT id FROM uniques WHERE account = $1 AND object = $2 AND field = $3 AND within = $4 AND value = $5",
		v.account, key.Object, key.Field, key.Within, key.Value)
	return id, err
}

// encodeFields writes the fields as a JSON object with its keys in order.
func encodeFields(fields map[string]audit.Value) string {
	b := []byte{'{'}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if fields[key] == audit.None {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(audit.AppendString(b, key), ':')
		b = append(b, fields[key]...)
	}
	return string(append(b, '}'))
}

func decodeFields(s string) (map[string]audit.Value, error) {
	fields := map[string]audit.Value{}
	err := audit.Scan([]byte(s), func(key, value []byte) { fields[string(key)] = audit.Value(value) })
	if err != nil {
		return nil, fmt.Errorf("store: the fields of a record cannot be read: %w", err)
	}
	return fields, nil
}

// beside is what stands in records.beside. Its parts are short lists, not objects: there are many of them.
type beside struct {
	Links [][2]string `json:"l,omitempty"` // field, target
	Keys  [][3]string `json:"k,omitempty"` // field, within, value
}

func encodeBeside(r *crm.Row) string {
	var s beside
	for _, l := range r.Links {
		s.Links = append(s.Links, [2]string{l.Field, string(l.Target)})
	}
	for _, k := range r.Keys {
		s.Keys = append(s.Keys, [3]string{k.Field, string(k.Within), k.Value})
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("store: beside: " + err.Error()) // two lists of strings
	}
	return string(b)
}

func decodeBeside(s string, r *crm.Row) error {
	var kept beside
	if err := json.Unmarshal([]byte(s), &kept); err != nil {
		return fmt.Errorf("store: what is kept beside record %s cannot be read: %w", r.ID, err)
	}
	for _, l := range kept.Links {
		r.Links = append(r.Links, crm.Link{Field: l[0], Target: audit.RecordID(l[1])})
	}
	for _, k := range kept.Keys {
		r.Keys = append(r.Keys, crm.UniqueKey{Object: r.Object, Field: k[0], Within: audit.RecordID(k[1]), Value: k[2]})
	}
	return nil
}
