package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/evidence"
)

// A small pack is made in the background too, and verifies.
func TestEvidencePack(t *testing.T) {
	w := newWorld(t)
	w.batch("contact", 20, "first_name")
	page := w.owner.get(auditPath+"?object=contact").want(t, 200, "Evidence pack for an auditor", "Prove that nothing was left out", "Email addresses", `name="withhold" value="user_agent"`)
	if n := strings.Count(page.body, `name="object" value="contact">`); n < 2 {
		t.Errorf("the filter stands in %d forms", n)
	}
	w.owner.post(exportsPath, "format", "evidence", "object", "contact", "complete", "true", "withhold", "email", "withhold", "ip").to(t, exportsPath)
	page = w.owner.get(exportsPath).want(t, 200, "The export is being made", "Evidence pack", "Complete", "Left out: Email addresses, IP addresses", "Object: Contact")
	id := regexp.MustCompile(exportsPath + `/([0-9a-f-]{36})/delete`).FindStringSubmatch(page.body)[1]
	w.runJobs()
	w.owner.finished(exportsPath+"/"+id).want(t, 200, "Done", "SHA-256")
	file := w.owner.get(exportsPath + "/" + id + "/file")
	if got := file.header.Get("Content-Type"); got != "application/zip" {
		t.Errorf("the file is %s", got)
	}
	verifier, err := w.ws.Verifier(t.Context(), w.account.ID)
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Check(t.Context(), strings.NewReader(file.body), int64(len(file.body)), evidence.Options{Verifier: verifier, Complete: true})
	if err != nil || !r.OK() || r.Rows != 20 || r.Headers == 0 || r.Manifest.RequestedBy.Name != "Olga Owner" {
		t.Errorf("%v %+v", err, r)
	}
	w.owner.post(exportsPath, "format", "csv", "withhold", "email").want(t, 400, "withhold is for evidence packs")
	w.owner.post(exportsPath, "format", "evidence", "withhold", "shoes").want(t, 400, "user_agent")
	w.member.post(exportsPath, "format", "evidence").want(t, 403)
}

// Every class of values can be chosen.
func TestWithholdChoices(t *testing.T) {
	var offered []string
	for _, c := range withholdChoices {
		offered = append(offered, c.Class)
	}
	slices.Sort(offered)
	if want := audit.SortedSet(audit.Withholdable); !slices.Equal(offered, want) {
		t.Errorf("offered are %q, there are %q", offered, want)
	}
}
