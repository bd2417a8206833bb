package importer

import (
	"strings"

	"github.com/backtrail/backtrail/crm"
)

// What other sales programs keep in one place and we in two: an opportunity's stage there tells how it ended, and its
// name is made of whom it is for and what it is about.
const opportunity = "opportunity"

// outcome is the status of an opportunity that the title of a stage means, "" for none.
func outcome(title string) string {
	switch Key(title) {
	case "won", "closedwon", "wonclosed", "dealwon":
		return "won"
	case "lost", "closedlost", "lostclosed", "deallost":
		return "lost"
	}
	return ""
}

// named reports that f is filled for rows of a file without a column for it: the name of an opportunity.
func named(o *crm.Object, f *crm.Field) bool { return o.Key == opportunity && f.Key == "name" }

// fillOpportunity adds to a row what its stage and its other fields tell.
func (d *draft) fillOpportunity(p *plan) {
	if d.stageStatus != "" && !p.given["status"] {
		d.set("status", d.stageStatus)
	}
	if d.existing != nil || p.given["name"] {
		return
	}
	var parts []string
	for _, key := range []string{"company", "contact", "product"} {
		if s := d.texts[key]; s != "" && (key != "contact" || len(parts) == 0) {
			parts = append(parts, s)
		}
	}
	if len(parts) > 0 {
		d.set("name", strings.Join(parts, " – "))
	}
}
