package web

import (
	"mime"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// sendText answers with a text to keep as a file.
func sendText(v *visit, name string, text []byte) error {
	h := v.ResponseWriter.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	_, _ = v.ResponseWriter.Write(text) // when the browser is gone there is nobody to tell
	return nil
}

func (s *site) ledgerKey(v *visit) error {
	vkey, err := s.ws.Integrity.VerifierKey(v.Context(), v.caller())
	if err != nil {
		return err
	}
	return sendText(v, keyFile(v), []byte(vkey+"\n"))
}

func (s *site) checkpoint(v *visit) error {
	note, err := s.ws.Integrity.Checkpoint(v.Context(), v.caller())
	if err != nil {
		return err
	}
	size := int64(0)
	if c, err := ledger.ParseUnverified(note); err == nil {
		size = c.Size
	}
	return sendText(v, checkpointFile(v, size), note)
}

func (s *site) eventProof(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	proof, err := s.ws.Integrity.Proof(v.Context(), v.caller(), audit.EventID(id))
	if err != nil {
		return err
	}
	return sendText(v, string(id)+".tlog-proof", proof)
}

func keyFile(v *visit) string { return fileSlug(v.id.Account.Name) + "-ledger-key.txt" }

func checkpointFile(v *visit, size int64) string {
	return fileSlug(v.id.Account.Name) + "-checkpoint-" + strconv.FormatInt(size, 10) + ".txt"
}

// fileSlug is a name for files that every system and every shell takes as it is: "harbour-sons".
func fileSlug(name string) string {
	const longest = 40
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	slug := strings.Join(parts, "-")
	if slug == "" {
		return "account"
	}
	return strings.Trim(slug[:min(len(slug), longest)], "-")
}
