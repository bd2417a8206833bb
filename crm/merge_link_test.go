package crm_test

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Contacts can point at contacts: at the one that goes, at the one that stays, at themselves. What two had of each other
// means nothing when they are one.
func TestMergeOfContactsThatPointAtEachOther(t *testing.T) {
	for _, tt := range []struct {
		name          string
		winner, loser string // whom each points at
		side          crm.Side
		want          string
		fields        int // that differ, beside the name
	}{
		{"the winner at the loser", "loser", "", "", "", 0},
		{"the loser at the winner", "", "winner", "", "", 0},
		{"each at the other", "loser", "winner", "", "", 0},
		{"the loser at itself", "", "loser", "", "", 0},
		{"the winner at the loser, which points at a third", "loser", "third", "", "third", 1},
		{"the same, and the winner's was chosen", "loser", "third", crm.WinnerSide, "", 1},
		{"the loser at the winner, which points at a third", "third", "winner", "", "third", 1},
		{"the same, and the loser's was chosen", "third", "winner", crm.LoserSide, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{reference("Partner", "contact", crm.Clear)}})
			people := map[string]*crm.Record{}
			for _, name := range []string{"winner", "loser", "third"} {
				people[name] = b.make("contact", map[string]string{"first_name": name})
			}
			id := func(name string) string {
				if name == "" {
					return ""
				}
				return string(people[name].ID)
			}
			people["winner"] = b.mustEdit(people["winner"], map[string]string{"partner": id(tt.winner)})
			people["loser"] = b.mustEdit(people["loser"], map[string]string{"partner": id(tt.loser)})
			people["third"] = b.mustEdit(people["third"], map[string]string{"partner": id("loser")})
			m := crm.Merge{Winner: people["winner"].ID, Loser: people["loser"].ID}
			if tt.side != "" {
				m.Fields = map[string]crm.Side{"partner": tt.side}
			}
			done, err := b.engine.Merge(t.Context(), b.caller, "contact", m)
			if err != nil {
				t.Fatal(err)
			}
			if got := done.Winner.Fields["partner"].Text(); got != id(tt.want) || len(done.Fields) != tt.fields+1 {
				t.Errorf("it points at %q and not at %q; %d fields differ", got, id(tt.want), len(done.Fields))
			}
			third, err := b.engine.Record(t.Context(), b.caller, "contact", people["third"].ID)
			if err != nil || third.Fields["partner"] != audit.String(id("winner")) {
				t.Errorf("the third: %+v, %v", third, err)
			}
			b.checkLog(t.Fatalf)
		})
	}
}
