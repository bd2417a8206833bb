package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
)

// maxDepth is how deep a body may be nested; nothing in the API needs more than ten.
const maxDepth = 100

// checkJSON refuses a body that readers could understand in different ways, or that cannot be stored as it is: text
// that is not UTF-8, half a surrogate pair, NUL, a name twice in one object, more than one value.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return wrongJSON("", "invalid_utf8", "The body is not valid UTF-8 (byte %d).", invalidAt(body))
	}
	c := jsonCheck{body: body, dec: json.NewDecoder(bytes.NewReader(body))}
	c.dec.UseNumber()
	for {
		start := c.dec.InputOffset()
		token, err := c.dec.Token()
		if err == io.EOF && c.values == 1 && len(c.open) == 0 {
			return nil
		}
		if err != nil {
			return c.syntax(err)
		}
		if err := c.take(token, body[start:c.dec.InputOffset()]); err != nil {
			return err
		}
	}
}

// jsonCheck walks over a body.
type jsonCheck struct {
	body   []byte
	dec    *json.Decoder
	open   []container
	values int // at the top
	all    int // names and values anywhere
}

// maxParts bounds the names and values of a body: each costs far more memory than its bytes.
const maxParts = 1_000_000

// container is an object or a list that has begun.
type container struct {
	names map[string]bool // of an object so far; nil for a list
	name  string          // the name that waits for its value, or has it
	named bool            // whether the next token is the value of name
	index int
}

func (c *jsonCheck) take(token json.Token, raw []byte) error {
	if c.all++; c.all > maxParts {
		return wrongJSON("", "too_many_values", "The body has more than %d names and values.", maxParts)
	}
	closing := token == json.Delim('}') || token == json.Delim(']')
	if closing {
		c.open = c.open[:len(c.open)-1]
		return nil
	}
	if name, ok := token.(string); ok && len(c.open) > 0 {
		top := &c.open[len(c.open)-1]
		if top.names != nil && !top.named {
			top.name, top.named = name, true
			if err := c.checkEscapes(raw); err != nil {
				return err
			}
			if top.names[name] {
				return wrongJSON(c.place(), "repeated_name", "%s stands twice in one object.", c.place())
			}
			top.names[name] = true
			return nil
		}
	}
	if err := c.begin(); err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		if len(c.open) == maxDepth {
			return wrongJSON("", "too_deep", "The body is nested more than %d deep.", maxDepth)
		}
		next := container{index: -1}
		if t == '{' {
			next.names = map[string]bool{}
		}
		c.open = append(c.open, next)
	case string:
		return c.checkEscapes(raw)
	}
	return nil
}

// begin notes that a value starts.
func (c *jsonCheck) begin() error {
	if len(c.open) == 0 {
		if c.values++; c.values > 1 {
			return wrongJSON("", "trailing_data", "The body goes on after its JSON value (byte %d).", c.dec.InputOffset())
		}
		return nil
	}
	top := &c.open[len(c.open)-1]
	top.index++
	top.named = false
	return nil
}

// place is where the walk is, as in fields.tags[2].
func (c *jsonCheck) place() string {
	var b strings.Builder
	for _, o := range c.open {
		if o.names == nil {
			b.WriteString("[" + strconv.Itoa(max(o.index, 0)) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(o.name)
	}
	if b.Len() == 0 {
		return "body"
	}
	return b.String()
}

// checkEscapes looks at the escapes of a string that is known to be well formed.
func (c *jsonCheck) checkEscapes(raw []byte) error {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return nil
		}
		raw = raw[i:]
		if raw[1] != 'u' {
			raw = raw[2:]
			continue
		}
		unit := hex4(raw[2:])
		raw = raw[6:]
		switch {
		case unit == 0:
			return wrongJSON(c.place(), "invalid_character", "%s must not hold the character NUL.", c.place())
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return c.loneSurrogate()
		case unit >= 0xD800 && unit <= 0xDBFF:
			if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' || hex4(raw[2:]) < 0xDC00 || hex4(raw[2:]) > 0xDFFF {
				return c.loneSurrogate()
			}
			raw = raw[6:]
		}
	}
}

func (c *jsonCheck) loneSurrogate() error {
	return wrongJSON(c.place(), "lone_surrogate", "%s holds half of a surrogate pair, which is no character.", c.place())
}

func hex4(b []byte) uint64 {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 32) // the decoder has read it already
	return n
}

func (c *jsonCheck) syntax(err error) error {
	at := c.dec.InputOffset()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = syntax.Offset
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return wrongJSON("", "invalid_json", "The body is not complete JSON: it ends too early (byte %d).", len(c.body))
	}
	if i := bytes.IndexByte(c.body, 0); i >= 0 {
		return wrongJSON(c.place(), "invalid_character", "The body holds the character NUL (byte %d).", i)
	}
	return wrongJSON("", "invalid_json", "The body is not valid JSON (byte %d): %s.", at, strings.TrimPrefix(err.Error(), "json: "))
}

func wrongJSON(place, code, format string, args ...any) error {
	if place == "" {
		place = "body"
	}
	return errs.InvalidField(place, code, format, args...)
}

func invalidAt(b []byte) int {
	at := 0
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}
