package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// huma has no word for an object or null; these types say it.
type (
	eventRecord  struct{}
	onBehalfOf   struct{}
	eventProof   struct{}
	planRecord   struct{ ref *audit.Ref }
	targetOrNull struct{ target *Target }
	actingOrNull struct{ acting *ActingAs }
	jobPlan      struct{ plan *Plan }
	planRefusal  struct{ refused *errs.Error }
)

// Schema implements huma.SchemaProvider.
func (eventRecord) Schema(r huma.Registry) *huma.Schema {
	return orNull(r.Schema(reflect.TypeFor[EventRef](), true, "EventRef"))
}

// Schema implements huma.SchemaProvider.
func (onBehalfOf) Schema(r huma.Registry) *huma.Schema {
	return orNull(r.Schema(reflect.TypeFor[EventPrincipal](), true, "EventPrincipal"))
}

// Schema implements huma.SchemaProvider.
func (eventProof) Schema(r huma.Registry) *huma.Schema {
	s := orNull(r.Schema(reflect.TypeFor[EventProof](), true, "EventProof"))
	s.Description = "null while the event waits for its place in the ledger, a moment; and as long as the ledger is damaged"
	return s
}

// Schema implements huma.SchemaProvider.
func (planRecord) Schema(r huma.Registry) *huma.Schema {
	return orNull(r.Schema(reflect.TypeFor[DeletedRecord](), true, "DeletedRecord"))
}

// MarshalJSON says the record, or null.
func (p planRecord) MarshalJSON() ([]byte, error) {
	if p.ref == nil {
		return []byte("null"), nil
	}
	return json.Marshal(DeletedRecord{p.ref.Object, p.ref.ID, p.ref.Name})
}

// Schema implements huma.SchemaProvider.
func (targetOrNull) Schema(r huma.Registry) *huma.Schema {
	return orNull(r.Schema(reflect.TypeFor[Target](), true, "Target"))
}

// MarshalJSON says the target, or null.
func (t targetOrNull) MarshalJSON() ([]byte, error) { return json.Marshal(t.target) }

// Schema implements huma.SchemaProvider.
func (actingOrNull) Schema(r huma.Registry) *huma.Schema {
	s := orNull(r.Schema(reflect.TypeFor[ActingAs](), true, "ActingAs"))
	s.Description = "null unless the person works as somebody else; the role and permissions of the account are the other's then"
	return s
}

// MarshalJSON says whom, or null.
func (a actingOrNull) MarshalJSON() ([]byte, error) { return json.Marshal(a.acting) }

func orNull(s *huma.Schema) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{s, {Type: "null"}}}
}

// Schema implements huma.SchemaProvider.
func (jobPlan) Schema(r huma.Registry) *huma.Schema {
	s := orNull(r.Schema(reflect.TypeFor[Plan](), true, "Plan"))
	s.Description = "What was done, without conflicts and fields; null until it is"
	return s
}

// MarshalJSON says the plan, or null.
func (p jobPlan) MarshalJSON() ([]byte, error) { return json.Marshal(p.plan) }

// Schema implements huma.SchemaProvider.
func (planRefusal) Schema(r huma.Registry) *huma.Schema {
	s := orNull(r.Schema(reflect.TypeFor[PlanRefusal](), true, "PlanRefusal"))
	s.Description = "Why it would be refused also when nothing is left to decide; null when it would not"
	return s
}

// MarshalJSON says the refusal, or null.
func (p planRefusal) MarshalJSON() ([]byte, error) {
	if p.refused == nil {
		return []byte("null"), nil
	}
	return json.Marshal(PlanRefusal{p.refused.Code, p.refused.Detail, p.refused.Fix})
}
