package audit

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/words"
)

// SearchText is what Text looks for its words in, each text as its fold (package words) on a line of its own: the
// description, who did it, the names of records, and of each change the label and the values as a person reads them.
// A value that stands for a name (an id) is not among them, and a secret has none. Every text that another property asks
// for is: an index of these words serves them all.
func SearchText(e *Event) []byte {
	b := appendLine(nil, e.Description)
	b = append(b, actorText(nil, e.Actor)...)
	if e.Record != nil {
		b = appendLine(b, e.Record.Name)
	}
	for _, r := range e.Related {
		b = appendLine(b, r.Name)
	}
	for _, c := range e.Changes {
		b = fieldText(b, c)
		b = appendLine(b, valueText(c.Before, c.BeforeText))
		b = appendLine(b, valueText(c.After, c.AfterText))
		if c.Record != nil {
			b = appendLine(b, c.Record.Name)
		}
	}
	return b
}

// actorText is the texts that ByUserName looks into.
func actorText(b []byte, a Actor) []byte {
	b = appendLine(b, a.Name)
	b = appendLine(b, a.Email)
	if !ValidID(a.ID) {
		b = appendLine(b, string(a.ID))
	}
	if a.OnBehalfOf != nil {
		b = appendLine(b, a.OnBehalfOf.Name)
	}
	return b
}

// fieldText is the texts that ByField looks into.
func fieldText(b []byte, c Change) []byte {
	b = appendLine(b, c.Label)
	return appendLine(b, c.Field)
}

// valueText is a value as a person reads it.
func valueText(v Value, text string) string {
	if text != "" {
		return text
	}
	return v.Text()
}

func appendLine(b []byte, text string) []byte {
	n := len(b)
	if b = words.AppendFold(b, text); len(b) > n {
		b = append(b, '\n')
	}
	return b
}

// Match looks into what a person can read of the event.
func (t Text) Match(e *Event) bool {
	return t.isIn(string(SearchText(e)))
}

// isIn reports whether a search text has all of it.
func (t Text) isIn(text string) bool {
	return !slices.ContainsFunc(t.patterns(), func(p string) bool { return !strings.Contains(text, p) })
}

// patterns are what must be part of the text.
func (t Text) patterns() []string {
	var out []string
	for _, w := range t.Words {
		if p := beginning(w); p != "" {
			out = append(out, p)
		}
	}
	for _, w := range t.Phrases {
		if p := words.Fold(w); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// beginning is the words of a text without the end of the last one.
func beginning(text string) string { return strings.TrimSuffix(words.Fold(text), " ") }

// byText reports whether the values are words.
func (i Is) byText() bool {
	switch i.Property {
	case ByUserName, ByRecordName, ByField, ByBefore, ByAfter:
		return true
	}
	return false
}

// inText reports whether one of the values stands in a text that is folded already. One without words stands in none.
func (i Is) inText(folded []byte) bool {
	text := string(folded)
	return slices.ContainsFunc(i.Values, func(v string) bool {
		p := beginning(v)
		return p != "" && strings.Contains(text, p)
	})
}

func (i Is) matchChange(c Change) bool {
	switch i.Property {
	case ByField:
		return i.inText(fieldText(nil, c))
	case ByBefore:
		return i.inText(words.AppendFold(nil, valueText(c.Before, c.BeforeText)))
	case ByAfter:
		return i.inText(words.AppendFold(nil, valueText(c.After, c.AfterText)))
	}
	return false
}

// ParseNetwork reads an address, or a network as in CIDR, in the one form of each: an address of IPv4 that stands in one
// of IPv6 is the former.
func ParseNetwork(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, false
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

func matchIP(network, ip string) bool {
	n, ok := ParseNetwork(network)
	a, err := netip.ParseAddr(ip)
	return ok && err == nil && n.Contains(a.Unmap())
}
