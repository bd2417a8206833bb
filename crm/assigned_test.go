package crm_test

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// narrow is a member who sees only what is assigned to them, and the texts that assign a record to them.
func narrow(b *bench) (member audit.Caller, own func(texts ...string) map[string]string) {
	b.t.Helper()
	ana := b.make("staff", map[string]string{"name": "Ana", "email": "ana@example.com"})
	member = b.caller
	member.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(ana.ID), Name: "Ana"}
	member.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true, audit.RecordsOnlyAssigned: true}
	return member, func(texts ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(texts); i += 2 {
			out[texts[i]] = texts[i+1]
		}
		for _, key := range []string{"owner", "assignee"} {
			if _, given := out[key]; given {
				out[key] = string(ana.ID)
			}
		}
		return out
	}
}

// Who sees only their own records learns nothing of what others have with the same contact, and changes none of it.
func TestMergeOfWhatOthersUse(t *testing.T) {
	b := newBench(t)
	member, own := narrow(b)
	winner, loser := b.make("contact", own("first_name", "Ana", "owner", "")), b.make("contact", own("first_name", "Anna", "owner", ""))
	m := crm.Merge{Winner: winner.ID, Loser: loser.ID}
	theirs := b.make("task", map[string]string{"title": "Of somebody else", "contact": string(loser.ID)})
	if p, err := b.engine.PreviewMerge(t.Context(), member, "contact", m); !errs.Is(err, errs.Forbidden) || !strings.Contains(err.Error(), "tasks of others") {
		t.Errorf("the preview: %+v, %v", p, err)
	}
	before := len(b.log())
	if _, err := b.engine.Merge(t.Context(), member, "contact", m); !errs.Is(err, errs.Forbidden) || len(b.log()) != before {
		t.Errorf("the merge: %v and %d events", err, len(b.log())-before)
	}
	if _, err := b.engine.Delete(t.Context(), b.caller, "task", theirs.ID); err != nil {
		t.Fatal(err)
	}
	b.make("task", own("title", "Own", "contact", string(loser.ID), "assignee", ""))
	b.make("note", map[string]string{"contact": string(loser.ID), "body": "goes with the contact"})
	if p, err := b.engine.Merge(t.Context(), member, "contact", m); err != nil || len(p.Moves) != 2 {
		t.Errorf("with what is theirs alone: %+v, %v", p, err)
	}
}

func TestBulkDeletionOfWhatOthersUse(t *testing.T) {
	b := newBench(t)
	member, own := narrow(b)
	contact := b.make("contact", own("first_name", "Mine", "owner", ""))
	company := b.make("company", own("name", "Acme", "owner", ""))
	b.make("contact", map[string]string{"first_name": "Of somebody else", "company": string(company.ID)})
	b.make("contact", own("first_name", "Own", "company", string(company.ID), "owner", ""))
	b.make("task", map[string]string{"title": "Of somebody else", "contact": string(contact.ID)})
	b.make("note", map[string]string{"contact": string(contact.ID), "body": "x"})
	look := func(rec *crm.Record) *crm.BulkPlan {
		t.Helper()
		p, err := b.engine.PreviewBulk(t.Context(), member, crm.Selection{Object: rec.Object, IDs: []audit.RecordID{rec.ID}}, crm.BulkChange{Delete: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := look(contact); !strings.Contains(p.Refused, "tasks of others") || len(p.Taken) != 0 {
		t.Errorf("what takes a task of somebody else along: %+v", p)
	}
	if p := look(company); p.Refused != "" || p.Cleared["contact"] != 1 {
		t.Errorf("what somebody else points at: %+v", p)
	}
	refusing := field("For", crm.RefType)
	to, on := "company", crm.Refuse
	refusing.Object, refusing.OnDelete = &to, &on
	b.redefine("task", crm.ObjectInput{Fields: []crm.FieldInput{refusing}})
	b.make("task", map[string]string{"title": "Of somebody else", "for": string(company.ID)})
	if p := look(company); !strings.Contains(p.Refused, "tasks of others still have it as For") {
		t.Errorf("what a record of somebody else needs: %+v", p)
	}
}

// A custom reference gives nobody a built-in record, and takes it from nobody.
func TestCustomReferenceOfBuiltInObjectAssignsNothing(t *testing.T) {
	b := newBench(t)
	member, own := narrow(b)
	mine := b.make("contact", own("first_name", "Mine", "owner", ""))
	theirs := b.make("contact", map[string]string{"first_name": "Of somebody else"})
	for _, object := range []string{"stage", "message", "note", "contact", "task"} {
		b.redefine(object, crm.ObjectInput{Fields: []crm.FieldInput{reference("Guarantor", "contact", crm.Refuse), reference("Helper", "staff", crm.Refuse)}})
	}
	pipeline := b.make("pipeline", map[string]string{"name": "Sales"})
	helper := string(member.Self())
	talk := b.make("conversation", own("contact", string(theirs.ID), "channel", "email", "assignee", ""))
	hidden := b.make("conversation", map[string]string{"contact": string(theirs.ID), "channel": "email"})
	for _, tt := range []struct {
		object string
		fields map[string]string
		seen   bool
	}{
		{"stage", map[string]string{"name": "New", "pipeline": string(pipeline.ID), "position": "1", "guarantor": string(theirs.ID)}, true},
		{"message", map[string]string{"conversation": string(talk.ID), "to": "a@example.com", "subject": "x", "body": "y", "guarantor": string(theirs.ID)}, true},
		{"message", map[string]string{"conversation": string(hidden.ID), "to": "a@example.com", "subject": "x", "body": "y", "guarantor": string(mine.ID), "helper": helper}, false},
		{"note", map[string]string{"contact": string(theirs.ID), "body": "x", "guarantor": string(mine.ID), "helper": helper}, false},
		{"contact", map[string]string{"first_name": "x", "guarantor": string(mine.ID), "helper": helper}, false},
		{"task", map[string]string{"title": "x", "guarantor": string(mine.ID), "helper": helper}, false},
	} {
		rec := b.make(tt.object, tt.fields)
		if _, err := b.engine.Record(t.Context(), member, tt.object, rec.ID); (err == nil) != tt.seen {
			t.Errorf("the %s with %v: %v", tt.object, tt.fields, err)
		}
	}
}
