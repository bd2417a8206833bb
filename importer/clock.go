package importer

import (
	"regexp"
	"strings"
)

var clockAt = regexp.MustCompile(`(?i)(?:T|[ ,]+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)?(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?$`)

// cutClock takes the time of day off the end of s.
func cutClock(s string) (rest string, c clock, ok bool) {
	m := clockAt.FindStringSubmatchIndex(s)
	if m == nil {
		return s, c, false
	}
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return s[m[2*i]:m[2*i+1]]
	}
	c = clock{given: true, hour: digits(group(1)), min: digits(group(2)), sec: digits(group(3))}
	c.nsec = digits((group(4) + "000000000")[:9])
	switch half := strings.ToLower(group(5)); {
	case half != "" && (c.hour < 1 || c.hour > 12):
		c.impossible = true
	case half == "a":
		c.hour %= 12
	case half == "p":
		c.hour = c.hour%12 + 12
	}
	if zone := group(6); zone != "" {
		c.zoned = true
		if zone[0] == '+' || zone[0] == '-' {
			h, min := digits(zone[1:3]), digits(zone[len(zone)-2:])
			c.impossible = c.impossible || h > 14 || min > 59
			c.offset = h*3600 + min*60
			if zone[0] == '-' {
				c.offset = -c.offset
			}
		}
	}
	c.impossible = c.impossible || c.hour > 23 || c.min > 59 || c.sec > 59
	return s[:m[0]], c, true
}
