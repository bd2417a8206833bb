package audit

import "slices"

// Conceal appends the event without the values of the classes withhold, null in the place of each: the event that
// Disclose shows, where no leaf has to be made of it. Errors are those of Disclose.
func Conceal(dst, body []byte, withhold []string) ([]byte, error) {
	set, err := parseClasses(withhold)
	if err != nil {
		return dst, err
	}
	c := concealer{withhold: set, out: slices.Grow(dst, len(body)+64)}
	if !c.walk.event(body, &c) {
		return dst, errNotCanonical
	}
	return append(c.out, body[c.copied:]...), nil
}

// concealer copies an event while a walker reads it.
type concealer struct {
	walk     walker
	withhold classes
	out      []byte
	copied   int // so much of the body is in out
}

func (c *concealer) value(path, raw []byte) bool {
	if classesOf(path, raw)&c.withhold != 0 {
		c.out = append(append(c.out, c.walk.in[c.copied:c.walk.at-len(raw)]...), `null`...)
		c.copied = c.walk.at
	}
	return true
}

func (c *concealer) withheld([]byte) bool { return false }

// Withholds reports whether a value that is withheld at path is one of those that the classes withhold.
func Withholds(withhold []string, path string) bool {
	set, err := parseClasses(withhold)
	return err == nil && classesOf([]byte(path), nil)&set != 0
}
