package e2e

import (
	"fmt"

	"github.com/backtrail/backtrail/audit"
)

// sales is a pipeline of a test's own: three stages with opportunities whose values are known.
type sales struct {
	pipeline, open, offer, closed audit.RecordID
	name                          string
	contact                       audit.RecordID // of the first opportunity
	deals                         []audit.RecordID
}

// newSales makes the pipeline Renewals: Open holds Roof (1,000.00) and Stairs (250.00), Offer holds Windows (4,000.00)
// and Gate (500.00), Closed is empty.
func (w *world) newSales() sales {
	w.t.Helper()
	s := sales{name: "Renewals"}
	s.pipeline = w.create("pipeline", map[string]string{"name": s.name}).ID
	for i, stage := range []struct {
		id   *audit.RecordID
		name string
	}{{&s.open, "Open"}, {&s.offer, "Offer"}, {&s.closed, "Closed"}} {
		*stage.id = w.create("stage", map[string]string{"name": stage.name, "pipeline": string(s.pipeline), "position": fmt.Sprint(i + 1)}).ID
	}
	s.contact = w.create("contact", map[string]string{"first_name": "Wilma", "last_name": "Ackroyd", "email": "wilma@ackroyd.test"}).ID
	for _, deal := range []struct {
		name, value string
		stage       audit.RecordID
	}{{"Roof", "1000", s.open}, {"Stairs", "250", s.open}, {"Windows", "4000", s.offer}, {"Gate", "500", s.offer}} {
		fields := map[string]string{"name": deal.name, "value": deal.value, "stage": string(deal.stage), "pipeline": string(s.pipeline)}
		if deal.name == "Roof" {
			fields["contact"] = string(s.contact)
		}
		s.deals = append(s.deals, w.create("opportunity", fields).ID)
	}
	return s
}
