package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// An evidence pack holds one line for each event, which gives its leaf back. It is one of three, each a JSON object
// without white space:
//
//	{"event":BODY,"salt":"HEX"}                  everything shown, with the event's salt
//	{"event":BODY,"values":[...]}                some values withheld: null in BODY
//	{"header":HEADER,"values_hash":"BASE64"}     an event outside of the pack's filter
//
// In the second, values lists every value in the order of the body, ["PATH","HEX",null] with its salt when BODY shows it
// and ["PATH",null,"BASE64"] with its commitment when not. The event's salt would open the withheld ones.

// MaxDisclosed is the most bytes that a line has: that of an event of MaxEvent bytes, all of them tiny values.
const MaxDisclosed = 10 << 20

// Withholdable lists the classes of values that may be withheld from an evidence pack.
//
//	email        the actor's email
//	ip           the address the act came from
//	user_agent   the program it came from
//	session      the ids of session and request
//	user         the names of the actor and of whom they acted for, and their ids when those are not ours
//	record       the names of the record, of related ones and of those that a change is about; their ids when not ours
//	changes      the values before and after, and the names of those that a change is about
//	description  what happened in words
//
// A class goes by the place of a value, not by what it says: an email address that a change holds belongs to changes.
// The description is made of names and values; so it is withheld with each of email, user, record and changes.
var Withholdable = []string{"email", "ip", "user_agent", "session", "user", "record", "changes", "description"}

// classes is a set of them: bit i for Withholdable[i].
type classes uint

const (
	ofEmail classes = 1 << iota
	ofIP
	ofUserAgent
	ofSession
	ofUser
	ofRecord
	ofChanges
	ofDescription
)

// CheckWithhold returns errs.Invalid when one of names is not in Withholdable.
func CheckWithhold(names []string) error {
	_, err := parseClasses(names)
	return err
}

func parseClasses(names []string) (set classes, err error) {
	for _, name := range names {
		i := slices.Index(Withholdable, name)
		if i < 0 {
			return 0, errs.New(errs.Invalid, "unknown_class", "There is no class of values %s to withhold.", Quote(name)).
				WithFix("Choose among %s.", strings.Join(Withholdable, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// classesOf are the classes any of which withholds the value at path.
func classesOf(path, raw []byte) classes {
	switch string(path) {
	case "actor.email":
		return ofEmail
	case "actor.id", "actor.name", "actor.on_behalf_of.id", "actor.on_behalf_of.name":
		return ofUser
	case "record.id", "record.name":
		return ofRecord
	case "description":
		return ofDescription | ofEmail | ofUser | ofRecord | ofChanges
	case "context.ip":
		return ofIP
	case "context.user_agent":
		return ofUserAgent
	case "context.session", "context.request":
		return ofSession
	}
	list, item, _ := bytes.Cut(path, []byte("."))
	_, name, _ := bytes.Cut(item, []byte("."))
	switch string(name) {
	case "before", "after", "before_text", "after_text":
		return ofChanges
	case "name": // of a related record
		return ofRecord
	case "record.name": // of the record that a change is about
		return ofRecord | ofChanges
	case "id", "record.id":
		if ownID(raw) {
			return 0
		}
		if string(list) == "changes" {
			return ofRecord | ofChanges
		}
		return ofRecord
	}
	return 0
}

// Disclose appends the line of an evidence pack that shows the event without the values of the classes withhold. It has
// no line feed at its end. A body that is not canonical is an error, and so is an unknown class; dst comes back as it was.
func Disclose(dst, body []byte, salt Salt, withhold []string) ([]byte, error) {
	set, err := parseClasses(withhold)
	if err != nil {
		return dst, err
	}
	d := discloser{withhold: set, line: append(slices.Grow(dst, len(body)+64), `{"event":`...)}
	d.salts.key(salt)
	if !d.walk.event(body, &d) {
		return dst, errNotCanonical
	}
	d.line = append(d.line, body[d.copied:]...)
	if d.copied == 0 { // nothing was withheld
		d.line = hex.AppendEncode(append(d.line, `,"salt":"`...), salt[:])
		return append(d.line, `"}`...), nil
	}
	d.line = append(append(d.line, `,"values":`...), d.list...)
	return append(d.line, `]}`...), nil
}

// discloser makes a line while a walker reads the body.
type discloser struct {
	walk     walker
	salts    salts
	values   valueList
	withhold classes
	line     []byte
	copied   int    // so much of the body is in line
	list     []byte // of the values, without its closing bracket
}

func (d *discloser) value(path, raw []byte) bool {
	if d.withhold == 0 { // no list is needed
		return true
	}
	if len(d.list) == 0 {
		d.list = append(d.list, `[["`...)
	} else {
		d.list = append(d.list, `,["`...)
	}
	d.list = append(d.list, path...)
	salt := d.salts.of(path)
	if classesOf(path, raw)&d.withhold == 0 {
		d.list = hex.AppendEncode(append(d.list, `","`...), salt)
		d.list = append(d.list, `",null]`...)
		return true
	}
	c := d.values.commitment(salt, raw)
	d.list = base64.StdEncoding.AppendEncode(append(d.list, `",null,"`...), c[:])
	d.list = append(d.list, `"]`...)
	d.line = append(append(d.line, d.walk.in[d.copied:d.walk.at-len(raw)]...), `null`...)
	d.copied = d.walk.at
	return true
}

func (d *discloser) withheld([]byte) bool { return false }
