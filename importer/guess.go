package importer

import (
	"cmp"
	"slices"
	"strings"
)

// Field is a field that a column can be imported into.
type Field struct{ Key, Label, Type string }

// Confidence is how sure a guess is, from 0 to 100.
type Confidence int

// The steps of confidence. What is Unlikely the page should leave to the person to confirm.
const (
	Exact    Confidence = 100 // the key itself
	Same     Confidence = 90  // the key or the label, written another way
	Known    Confidence = 80  // a name that this object's field is known by
	Likely   Confidence = 60  // the name with a number or a word in front ("Phone 1", "Billing city")
	Unlikely Confidence = 30  // better than nothing
)

// Guess is what one column is taken for.
type Guess struct {
	Column     int
	Header     string
	Field      string // the field's key; "" for no field
	Confidence Confidence
}

// GuessMapping guesses a field of object for each header, in the headers' order. Each field is given at most once: the
// surer guess has it, and of two alike the first column.
func GuessMapping(object string, headers []string, fields []Field) []Guess {
	type pair struct {
		column, field int
		sure          Confidence
	}
	var pairs []pair
	for c, h := range headers {
		for f, field := range fields {
			if sure := confidence(object, h, field); sure > 0 {
				pairs = append(pairs, pair{c, f, sure})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.sure, a.sure) })
	out := make([]Guess, len(headers))
	for i, h := range headers {
		out[i] = Guess{Column: i, Header: h}
	}
	taken := map[string]bool{}
	for _, p := range pairs {
		key := fields[p.field].Key
		if out[p.column].Field != "" || taken[key] {
			continue
		}
		taken[key] = true
		out[p.column].Field, out[p.column].Confidence = key, p.sure
	}
	return out
}

// confidence is how sure it is that a column called header holds field, 0 for not at all.
func confidence(object, header string, field Field) Confidence {
	key := Key(header)
	switch {
	case key == "" || never[key]:
		return 0
	case header == field.Key:
		return Exact
	case key == Key(field.Key) || key == Key(field.Label):
		return Same
	case slices.Contains(synonymsOf[object][field.Key], key):
		return Known
	case meansOther(object, key, field.Key):
		return 0
	case slices.Contains(synonyms[field.Key], key):
		return Known - 5
	case slices.Contains(lastResort[object][field.Key], key):
		return Unlikely
	}
	// "Phone 1", "contact_email", "Billing City". Dates are left out: "Subscription date" is none of ours.
	words := wordsOf(header)
	if len(words) < 2 || field.Type == "date" || field.Type == "datetime" {
		return 0
	}
	if _, isNumber := cutNumber(words[len(words)-1]); isNumber {
		words = words[:len(words)-1]
	} else if qualifiers[words[0]] || words[0] == object {
		words = words[1:]
	} else {
		return 0
	}
	key = strings.Join(words, "")
	if key == Key(field.Key) || key == Key(field.Label) || !meansOther(object, key, field.Key) && slices.Contains(synonyms[field.Key], key) {
		return Likely
	}
	return 0
}

// meansOther reports that the object knows key as the name of another field ("account" is a company's own name).
func meansOther(object, key, field string) bool {
	for f, names := range synonymsOf[object] {
		if f != field && slices.Contains(names, key) {
			return true
		}
	}
	return false
}

// wordsOf splits a header at spaces, marks and capitals, in the form of Key.
func wordsOf(header string) []string {
	var b strings.Builder
	lower := false
	for _, r := range header {
		upper := r >= 'A' && r <= 'Z'
		if upper && lower {
			b.WriteByte(' ')
		}
		lower = r >= 'a' && r <= 'z'
		b.WriteRune(r)
	}
	var words []string
	for _, w := range strings.FieldsFunc(b.String(), func(r rune) bool { return strings.ContainsRune(" \t_-./:#()[]\u00a0", r) }) {
		if k := Key(w); k != "" {
			words = append(words, k)
		}
	}
	return words
}

func cutNumber(s string) (rest string, ok bool) {
	rest = strings.TrimRight(s, "0123456789")
	return rest, rest == "" && s != ""
}
