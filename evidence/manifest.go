package evidence

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// The entries of a pack.
const (
	sheetName      = "events.csv"
	rowsName       = "events.jsonl"
	headersName    = "headers.jsonl"
	proofName      = "proof.bin"
	checkpointName = "checkpoint.txt"
	keyName        = "key.txt"
	readmeName     = "README.txt"
	manifestName   = "manifest.json"
)

// version is the form of the pack.
const version = 1

// entries lists them as they stand in a pack.
func entries(complete bool) []string {
	names := []string{sheetName, rowsName, headersName, proofName, checkpointName, keyName, readmeName, manifestName}
	if !complete {
		names = slices.DeleteFunc(names, func(n string) bool { return n == headersName })
	}
	return names
}

// Manifest is what a pack says of itself. Nothing vouches for it, see the package doc.
type Manifest struct {
	Version     int                 `json:"version"`
	Account     Account             `json:"account"`
	MadeAt      time.Time           `json:"made_at"`
	RequestedBy Person              `json:"requested_by"`
	Filter      map[string][]string `json:"filter"` // the parameters of audit.ParseFilter; times as RFC 3339
	Timezone    string              `json:"timezone"`
	Withheld    []string            `json:"withheld"` // classes of audit.Withholdable
	Complete    bool                `json:"complete"`
	Stretch     *Stretch            `json:"stretch"` // of a complete pack, null otherwise
	Rows        int64               `json:"rows"`
	Headers     int64               `json:"headers"`
	Size        int64               `json:"size"`  // of the tree
	Files       map[string]string   `json:"files"` // the SHA-256 of each other entry, in hex
}

// Account is whose log it is.
type Account struct {
	ID   audit.AccountID `json:"id"`
	Name string          `json:"name"`
}

// Person is who asked for the pack. The name is "" when names are withheld.
type Person struct {
	Type audit.ActorType `json:"type"`
	ID   audit.ActorID   `json:"id"`
	Name string          `json:"name"`
}

// Stretch is the places First to Last of the ledger, both included; First = Last+1 for none.
type Stretch struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(m)
	return b.Bytes(), err
}

// parseManifest reads a manifest. What it says must make sense; that it is true is for the check to find out.
func parseManifest(b []byte) (Manifest, error) {
	var m Manifest
	wrong := func(format string, args ...any) (Manifest, error) {
		return Manifest{}, damaged("bad_manifest", "manifest.json "+format, args...)
	}
	if err := checkKeys(b); err != nil {
		return wrong("%v.", err)
	}
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &form); err != nil {
		return wrong("cannot be read: %v.", err)
	}
	if form.Version != version {
		return wrong("says that the pack has form %d; this program knows form %d.", form.Version, version)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return wrong("cannot be read: %v.", err)
	}
	if problem := m.problem(); problem != "" {
		return wrong("%s.", problem)
	}
	return m, nil
}

// problem is what cannot be in m, "" for nothing.
func (m Manifest) problem() string {
	switch {
	case !audit.ValidID(m.Account.ID):
		return "names an account whose id is none"
	case m.Size < 1 || m.Size > ledger.MaxSize:
		return "gives the ledger a size that none has"
	case m.Rows < 0 || m.Headers < 0 || m.Rows > m.Size || m.Headers > m.Size:
		return "counts more events than the ledger has"
	case m.Complete != (m.Stretch != nil):
		return "does not say where the stretch of a complete pack lies"
	case !m.Complete && m.Headers != 0:
		return "counts headers, which are in complete packs only"
	case m.Stretch != nil && (m.Stretch.First < 1 || m.Stretch.First > m.Size+1 || m.Stretch.Last != m.Size):
		return "has a stretch that does not end with the ledger"
	case audit.CheckWithhold(m.Withheld) != nil:
		return "withholds a class of values that does not exist"
	}
	for _, name := range entries(m.Complete) {
		if sum := m.Files[name]; name != manifestName && !isHex(sum) {
			return "has no SHA-256 of " + name
		}
	}
	if len(m.Files) != len(entries(m.Complete))-1 {
		return "names a file that is no part of a pack"
	}
	return ""
}

func isHex(s string) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}
