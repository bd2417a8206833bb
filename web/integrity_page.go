package web

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/workspace"
)

const (
	integrityPath      = auditPath + "/integrity"
	verificationsShown = 20
)

// integrityPage is Settings > Audit Logs > Integrity: how the ledger stands, what verifications found, and what others
// need to check it.
type integrityPage struct {
	Base
	Tab        string
	Ledger     ledgerState
	Key        string
	NoKey      *problem // why there is none to hand out
	KeyFile    string   // what the downloads are called
	NoteFile   string
	Evidence   string // what an evidence pack may be called
	MayVerify  bool
	Given      string // a checkpoint to compare with, as it was sent
	GivenWrong *problem
	Targets    *targetsPanel // nil for who may not change them
	Latest     *verification // nil before the first
	Earlier    []verification
	More       string
}

// ledgerState is the ledger of now.
type ledgerState struct {
	Size       int64
	Root       string
	Sealed     when
	Waiting    string // how many entries wait; "" for none
	Since      when   // since when
	Standstill *problem
}

// problem is what is wrong and what to do about it.
type problem struct{ Text, Fix string }

func problemOf(err error) *problem {
	if err == nil {
		return nil
	}
	e := errs.Of(err)
	return &problem{e.Detail, e.Fix}
}

func (s *site) integrity(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	return s.showIntegrity(v, integrityForms{})
}

// integrityForms are the page's forms as they were sent, with what is wrong with them.
type integrityForms struct {
	given        string // a checkpoint
	wrong        error
	targets      *publish.Targets
	targetsWrong error
}

func (s *site) showIntegrity(v *visit, f integrityForms) error {
	page := &integrityPage{Base: s.base(v, "Integrity of the audit log", "audit"), Tab: "integrity", MayVerify: v.may(audit.AuditManage),
		Given: f.given, GivenWrong: problemOf(f.wrong)}
	if err := s.fillVerifications(v, page); err != nil {
		return err
	}
	if v.htmx() && f.wrong == nil && f.targetsWrong == nil {
		return v.renderPart(http.StatusOK, "audit_integrity", "verifications", page)
	}
	state, err := s.ws.Integrity.State(v.Context(), v.caller())
	if err != nil {
		return err
	}
	page.Ledger = clock{s.now(), workspace.Zone(v.id.Account)}.ledger(state)
	page.Key, err = s.ws.Integrity.VerifierKey(v.Context(), v.caller())
	if errs.Is(err, errs.Unavailable) {
		page.NoKey, err = problemOf(err), nil
	}
	if err != nil {
		return err
	}
	if page.Targets, err = s.targets(v, f.targets, f.targetsWrong); err != nil {
		return err
	}
	page.KeyFile, page.NoteFile = keyFile(v), checkpointFile(v, state.Size)
	page.Evidence = fileSlug(v.id.Account.Name) + "-evidence.zip"
	return v.render(statusOfForm(cmp.Or(f.wrong, f.targetsWrong)), "audit_integrity", page)
}

func (c clock) ledger(st integrity.State) ledgerState {
	out := ledgerState{Size: st.Size, Root: st.Root.String(), Sealed: c.full(st.SealedAt), Since: c.full(st.Since)}
	if st.Waiting > 0 {
		out.Waiting = entries.Count(st.Waiting)
	}
	if st.Standstill != nil {
		out.Standstill = problemOf(st.Standstill)
	}
	return out
}

var entries = audit.Word{One: "entry", Many: "entries"}

// fillVerifications reads the newest verifications, or those behind the one that the address names.
func (s *site) fillVerifications(v *visit, page *integrityPage) error {
	after := jobs.ID(v.URL.Query().Get("after"))
	if after != "" && !audit.ValidID(after) {
		return errs.InvalidField("after", "invalid_id", "after must be the id of a verification.")
	}
	list, err := s.ws.Integrity.Verifications(v.Context(), v.caller(), after, verificationsShown+1)
	if err != nil {
		return err
	}
	if len(list) > verificationsShown {
		list = list[:verificationsShown]
		page.More = integrityPath + "?after=" + string(list[len(list)-1].ID)
	}
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	for _, one := range list {
		page.Earlier = append(page.Earlier, c.verification(one))
	}
	if after == "" && len(page.Earlier) > 0 {
		page.Latest, page.Earlier = &page.Earlier[0], page.Earlier[1:]
	}
	return nil
}

// verifyRequest starts a verification of the whole log.
func (s *site) verifyRequest(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	given := form.Get("checkpoint")
	var checkpoint []byte
	if note := strings.TrimSpace(strings.ReplaceAll(given, "\r\n", "\n")); note != "" { // forms send their own line ends
		checkpoint = []byte(note + "\n")
	}
	if _, err = s.ws.Integrity.RequestVerify(v.Context(), v.caller(), checkpoint); err != nil {
		if shownOnForm(err) {
			return s.showIntegrity(v, integrityForms{given: given, wrong: err})
		}
		return err
	}
	return v.redirect(integrityPath, nil)
}

func (s *site) verifyCancel(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	err = s.ws.Integrity.CancelVerify(v.Context(), v.caller(), jobs.ID(id))
	if errs.Code(err) == "already_finished" { // it was quicker
		return v.redirect(integrityPath, nil)
	}
	if err != nil {
		return err
	}
	return v.redirect(integrityPath, Success("The verification was cancelled."))
}
