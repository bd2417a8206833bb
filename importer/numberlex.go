package importer

import (
	"strings"

	"golang.org/x/text/currency"

	"github.com/backtrail/backtrail/errs"
)

// maxNumberBytes bounds a number; the largest that the engine keeps is far shorter.
const maxNumberBytes = 64

// lexedNumber is a cell without what stands around its digits.
type lexedNumber struct {
	text     string // digits and separators
	negative bool
	percent  bool
	marked   bool   // a currency is named
	currency string // its code, where that is certain
}

// signs are the usual ways to name a currency without its code; "" where several countries use the sign.
var signs = map[string]string{
	"$": "", "¥": "", "KR": "", "£": "GBP", "€": "EUR", "US$": "USD", "R$": "BRL", "A$": "AUD", "C$": "CAD", "CA$": "CAD",
	"HK$": "HKD", "NZ$": "NZD", "S$": "SGD", "₹": "INR", "RS": "", "RS.": "", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₪": "ILS",
	"₫": "VND", "₴": "UAH", "ZŁ": "PLN", "KČ": "CZK", "FR.": "CHF", "SFR.": "CHF", "FT": "HUF", "฿": "THB", "₦": "NGN", "₱": "PHP",
}

// lexNumber takes sign, brackets, currency and per cent off a number.
func lexNumber(cell string) (lexedNumber, error) {
	var n lexedNumber
	s := plain(cell)
	if len(s) > maxNumberBytes {
		return n, notANumber(cell, "it is too long")
	}
	signed := 0
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s, n.negative, signed = strings.TrimSpace(s[1:len(s)-1]), true, 1 // accountants' minus
	}
	for again := true; again && s != ""; s = strings.TrimSpace(s) {
		again = false
		switch {
		case s[0] == '-' || s[0] == '+':
			n.negative = n.negative || s[0] == '-'
			s, again = s[1:], true
			signed++
		case s[len(s)-1] == '-':
			n.negative, s, again = true, s[:len(s)-1], true
			signed++
		case s[len(s)-1] == '%' && !n.percent:
			n.percent, s, again = true, s[:len(s)-1], true
		default:
			name, rest := cutCurrency(s)
			if name == "" || n.marked {
				continue
			}
			code, ok := currencyOf(name)
			if !ok {
				return n, notANumber(cell, "")
			}
			n.marked, n.currency, s, again = true, code, rest, true
		}
	}
	if signed > 1 {
		return n, notANumber(cell, "it has two signs")
	}
	if !strings.ContainsAny(s, "0123456789") || strings.Trim(s, "0123456789., '") != "" {
		return n, notANumber(cell, "")
	}
	n.text = s
	return n, nil
}

// cutCurrency takes a run of letters and signs off either end. A point after letters belongs to them: "Rs.500" is not
// half a rupee.
func cutCurrency(s string) (name, rest string) {
	const number = "0123456789., '-+()%"
	if i := strings.IndexAny(s, number); i > 0 {
		if s[i] == '.' {
			i++
		}
		return s[:i], s[i:]
	}
	if i := strings.LastIndexAny(s, number); i >= 0 && i < len(s)-1 {
		return s[i+1:], s[:i+1]
	}
	if strings.HasSuffix(s, ".") && len(s) > 2 && isLetter(s[len(s)-2]) { // "500 Rs."
		i := strings.LastIndexAny(s[:len(s)-1], number)
		return s[i+1:], s[:i+1]
	}
	return "", s
}

func currencyOf(name string) (code string, ok bool) {
	name = strings.ToUpper(name)
	if code, ok = signs[name]; ok {
		return code, true
	}
	if code, ok = signs[strings.TrimSuffix(name, ".")]; ok {
		return code, true
	}
	if len(name) != 3 {
		return "", false
	}
	if u, err := currency.ParseISO(name); err == nil {
		return u.String(), true
	}
	return "", false
}

// verdict is what the separators of a number say about the style.
type verdict int

const (
	misplaced   verdict = iota // no style reads it
	unmarked                   // both read it the same
	provesPoint                // only the point can be before the decimals
	provesComma
	openPoint // 1.054: 1.054 or 1054
	openComma // 1,054: 1054 or 1.054
)

// marks judges digits with separators.
func marks(s string) verdict {
	points, commas := strings.Count(s, "."), strings.Count(s, ",")
	spaces := strings.ContainsAny(s, " '")
	switch {
	case points > 0 && commas > 0:
		if spaces {
			return misplaced
		}
		if i := strings.LastIndexByte(s, '.'); points == 1 && i > strings.LastIndexByte(s, ',') && grouped(s[:i], ",") && bare(s[i+1:]) {
			return provesPoint
		}
		if i := strings.LastIndexByte(s, ','); commas == 1 && i > strings.LastIndexByte(s, '.') && grouped(s[:i], ".") && bare(s[i+1:]) {
			return provesComma
		}
		return misplaced
	case points > 1:
		return when(!spaces && grouped(s, "."), provesComma)
	case commas > 1:
		return when(!spaces && grouped(s, ","), provesPoint)
	case points == 1:
		return single(s, ".", spaces, provesPoint, openPoint)
	case commas == 1:
		return single(s, ",", spaces, provesComma, openComma)
	case spaces:
		return when(spaced(s), unmarked)
	}
	return unmarked
}

// single judges a number with one separator: before anything but three digits it can only be the decimals' own.
func single(s, mark string, spaces bool, proves, open verdict) verdict {
	whole, fraction, _ := strings.Cut(s, mark)
	switch {
	case !bare(fraction) || fraction == "" && whole == "":
		return misplaced
	case spaces:
		return when(spaced(whole), proves)
	case len(fraction) == 3 && whole != "" && len(whole) <= 3 && whole[0] != '0':
		return open
	}
	return proves
}

func when(ok bool, v verdict) verdict {
	if ok {
		return v
	}
	return misplaced
}

func bare(s string) bool { return strings.Trim(s, "0123456789") == "" }

func spaced(s string) bool { return grouped(s, " ") || grouped(s, "'") }

// grouped reports digits in groups of three, or as India writes them (the last of three, those before of two).
func grouped(s, mark string) bool {
	groups := strings.Split(s, mark)
	last := len(groups) - 1
	three, two := true, true
	for i, g := range groups {
		switch {
		case !bare(g) || g == "":
			return false
		case last == 0:
			return true
		case i == 0:
			three, two = len(g) <= 3, len(g) <= 2
		case i == last:
			three, two = three && len(g) == 3, two && len(g) == 3
		default:
			three, two = three && len(g) == 3, two && len(g) == 2
		}
	}
	return three || two && mark == ","
}

func notANumber(cell, why string) error {
	e := errs.New(errs.Invalid, "not_a_number", "%s is not a number.", quoted(cell))
	if why != "" {
		e = errs.New(errs.Invalid, "not_a_number", "%s is not a number here: %s.", quoted(cell), why)
	}
	if s := strings.ToUpper(plain(cell)); strings.Contains(s, "E+") && isDigit(s[0]) {
		return e.WithFix("The spreadsheet has shortened it and digits are lost: format the column as a number and save the file again.")
	}
	return e.WithFix("Write numbers as 1054.00.")
}
