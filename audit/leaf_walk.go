package audit

import (
	"bytes"
	"slices"
	"strconv"
)

// values gets what a walker finds that is not public.
type values interface {
	// value gets a value that is there. It returns false for one that must not be there.
	value(path, raw []byte) bool
	// withheld reports whether the null at path stands for a value that was withheld.
	withheld(path []byte) bool
}

// walker reads the canonical body of an event once, from left to right, and refuses everything else: it is
// AppendCanonical read backwards, key by key. What is public it copies into the header, every other value it gives to
// values. It allocates nothing but its buffers, which it keeps.
type walker struct {
	in     []byte
	at     int
	bad    bool
	header []byte
	path   []byte
	base   int // the length of path's part that leads to the object being read, "changes.2." for one
	values values
}

func (w *walker) event(body []byte, to values) bool {
	w.in, w.at, w.bad, w.values = body, 0, false, to
	w.header, w.path, w.base = slices.Grow(w.header[:0], 1<<10), slices.Grow(w.path[:0], 64), 0
	w.both(`{"v":1`)
	w.public(`,"id":`, text)
	w.public(`,"account":`, text)
	w.public(`,"occurred_at":`, instant)
	w.public(`,"recorded_at":`, instant)
	w.actor()
	w.public(`,"channel":`, text)
	w.public(`,"module":`, text)
	w.public(`,"type":`, text)
	w.public(`,"action":`, text)
	w.public(`,"outcome":`, text)
	w.record()
	w.list(`,"related":[`, "related.", w.ref)
	w.hidden(`,"description":`, text)
	w.list(`,"changes":[`, "changes.", w.change)
	w.public(`,"operation":`, text)
	w.public(`,"cause":`, textOrNull)
	w.public(`,"undo_of":`, textOrNull)
	w.optional(`,"size":`, positive)
	w.counts()
	w.expect(`,"context":`)
	w.enter("context.")
	w.hidden(`{"ip":`, textOrNull)
	w.hidden(`,"user_agent":`, textOrNull)
	w.hidden(`,"session":`, textOrNull)
	w.hidden(`,"request":`, textOrNull)
	w.expect(`}}`)
	w.header = append(w.header, '}')
	return !w.bad && w.at == len(w.in)
}

func (w *walker) actor() {
	w.both(`,"actor":`)
	w.enter("actor.")
	w.public(`{"type":`, text)
	w.both(`,"id":`)
	w.identity("id", textOrNull)
	w.hidden(`,"name":`, text)
	w.hidden(`,"email":`, textOrNull)
	w.both(`,"on_behalf_of":`)
	if w.take(`null`) {
		w.header = append(w.header, `null`...)
	} else {
		w.expect(`{"id":`)
		w.enter("on_behalf_of.")
		w.identity("id", text)
		w.hidden(`,"name":`, text)
		w.expect(`}`)
	}
	w.both(`}`)
	w.leave(0)
}

func (w *walker) record() {
	w.both(`,"record":`)
	if w.take(`null`) {
		w.header = append(w.header, `null`...)
		return
	}
	w.enter("record.")
	w.public(`{"object":`, text)
	w.both(`,"id":`)
	w.identity("id", text)
	w.hidden(`,"name":`, text)
	w.optional(`,"version":`, positive)
	w.optional(`,"created_at":`, laterInstant)
	w.both(`}`)
	w.leave(0)
}

// ref is another record than the event's.
func (w *walker) ref() {
	w.hidden(`{"object":`, text)
	w.hidden(`,"id":`, text)
	w.hidden(`,"name":`, text)
	w.optionalHidden(`,"version":`, positive)
	w.optionalHidden(`,"created_at":`, laterInstant)
	w.expect(`}`)
}

func (w *walker) change() {
	w.hidden(`{"field":`, text)
	w.hidden(`,"label":`, text)
	w.hidden(`,"before":`, jsonOrNull)
	w.hidden(`,"after":`, jsonOrNull)
	w.optionalHidden(`,"before_text":`, filledText)
	w.optionalHidden(`,"after_text":`, filledText)
	w.optionalHidden(`,"secret":`, yes)
	if w.take(`,"record":`) {
		from := w.enter("record.")
		w.ref()
		w.leave(from)
	}
	w.expect(`}`)
}

func (w *walker) list(key, name string, item func()) {
	w.expect(key)
	for n := 0; !w.bad && !w.take(`]`); n++ {
		if n > 0 {
			w.expect(`,`)
		}
		w.path = append(strconv.AppendInt(append(w.path[:0], name...), int64(n), 10), '.')
		w.base = len(w.path)
		item()
	}
	w.leave(0)
}

// counts are numbers by object; the names stand in the order of their bytes, none twice.
func (w *walker) counts() {
	start := w.at
	if !w.take(`,"counts":{`) {
		return
	}
	var last []byte
	for n := 0; !w.bad && (n == 0 || !w.take(`}`)); n++ { // an empty object is left out of the canonical form
		if n > 0 {
			w.expect(`,`)
		}
		name := ScanString(w.own(text))
		w.expect(`:`)
		w.own(integer)
		if n > 0 && bytes.Compare(last, name) >= 0 {
			w.bad = true
		}
		last = name
	}
	w.header = append(w.header, w.in[start:w.at]...)
}

// enter goes into an object; leave goes back to where enter was called, whose answer it takes.
func (w *walker) enter(name string) (from int) {
	from = w.base
	w.path = append(w.path[:w.base], name...)
	w.base = len(w.path)
	return from
}

func (w *walker) leave(to int) { w.base = to }

func (w *walker) ahead(s string) bool {
	return len(w.in)-w.at >= len(s) && string(w.in[w.at:w.at+len(s)]) == s
}

// take steps over s when it stands next.
func (w *walker) take(s string) bool {
	if !w.ahead(s) {
		return false
	}
	w.at += len(s)
	return true
}

func (w *walker) expect(s string) {
	if !w.take(s) {
		w.bad = true
	}
}

// both expects s and copies it into the header.
func (w *walker) both(s string) {
	w.expect(s)
	w.header = append(w.header, s...)
}

func (w *walker) public(key string, k kind) {
	w.both(key)
	w.header = append(w.header, w.own(k)...)
}

func (w *walker) optional(key string, k kind) {
	if w.ahead(key) {
		w.public(key, k)
	}
}

// hidden reads a value that is not public. The key is also the last part of its path.
func (w *walker) hidden(key string, k kind) {
	w.expect(key)
	w.give(key[len(`,"`):len(key)-len(`":`)], k, w.scalar(k))
}

func (w *walker) optionalHidden(key string, k kind) {
	if w.ahead(key) {
		w.hidden(key, k)
	}
}

// identity reads the id of an actor or record. Ours are public; that of an outside application may be a name or an
// email address, and is a value like others.
func (w *walker) identity(name string, k kind) {
	raw := w.scalar(k)
	if ownID(raw) {
		w.header = append(w.header, raw...)
		return
	}
	w.header = append(w.header, `null`...)
	w.give(name, k, raw)
}

// ownID reports whether raw is a string with the form of our ids.
func ownID(raw []byte) bool { return len(raw) > 2 && ValidID(string(raw[1:len(raw)-1])) }

func (w *walker) give(name string, k kind, raw []byte) {
	if w.bad {
		return
	}
	w.path = append(w.path[:w.base], name...)
	if !isNull(raw) {
		w.bad = !w.values.value(w.path, raw)
	} else if !(k.withholdable() && w.values.withheld(w.path)) && !k.null() {
		w.bad = true
	}
}

// own is scalar without nulls that kind k does not have.
func (w *walker) own(k kind) []byte {
	raw := w.scalar(k)
	if isNull(raw) && !k.null() {
		w.bad = true
	}
	return raw
}

// scalar steps over a value of kind k, or a null, whose place the caller judges.
func (w *walker) scalar(k kind) []byte {
	if w.bad {
		return nil
	}
	if w.take(`null`) {
		return w.in[w.at-len(`null`) : w.at]
	}
	end := k.end(w.in, w.at)
	if end < 0 {
		w.bad = true
		return nil
	}
	raw := w.in[w.at:end]
	w.at = end
	return raw
}
