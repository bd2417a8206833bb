package importer

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/backtrail/backtrail/errs"
)

// How many digits a phone number has (ITU-T E.164 for the most; fewer than the least is an internal extension).
const (
	minPhoneDigits = 7
	maxPhoneDigits = 15
)

// Phones reads the phone numbers of one file.
//
// A number that exists gets the international form, "+1 209-555-0123 ext. 36". One that cannot be placed is kept as it
// was written, cleaned ("043-797-5229"), as it may still be the only one there is. Both have the form that package crm
// checks: 5 to 15 digits among + - ( ) . and spaces, then perhaps " ext. " and digits.
type Phones struct {
	// Region is where numbers without a country code are from, as ISO 3166 alpha-2 ("US"). Without it such numbers are
	// kept as written: a guessed country would make a wrong number of a right one.
	Region string
}

// ParseRegion reads a region; nothing is no region.
func ParseRegion(s string) (string, error) {
	r := strings.ToUpper(strings.TrimSpace(s))
	if r != "" && phonenumbers.GetCountryCodeForRegion(r) == 0 {
		return "", errs.InvalidField("region", "unknown_option", "%s is not a country that has phone numbers.", quoted(s)).WithFix("Use two letters, as in US or DE.")
	}
	return r, nil
}

var (
	phoneLabel     = regexp.MustCompile(`(?i)^(?:tel|telephone|phone|ph|mobile|mob|cell|office|work|home|fax|t|m|p)\b[.:]*\s*`)
	phoneExtension = regexp.MustCompile(`(?i)^(.*\d.*?)[ ,;.]*(?:ext(?:ension|n)?\.?|x\.?|#)[ :=#]*(\d{1,10})$`)
	phoneCode      = regexp.MustCompile(`^\(\+(\d{1,3})\)`) // (+44) 20 ...
	phoneFloat     = regexp.MustCompile(`^\d{7,15}\.0$`)    // what a data program makes of a column with gaps
	phoneWritten   = regexp.MustCompile(`^\+?[0-9 ().\-]+$`)
	phoneVanity    = regexp.MustCompile(`^\+?[0-9][0-9 ().\-]*[A-Za-z]{3,}[0-9A-Za-z\-]*$`)
	twoPhones      = regexp.MustCompile(`\d{4,}\s*(?:[;,|]|\bor\b|\band\b|\n)\s*\+?\(?\d`)
)

// Phone reads a cell; a blank one is "". The error has the code invalid_phone.
func (p Phones) Phone(cell string) (string, error) {
	if Blank(cell) {
		return "", nil
	}
	s := plain(cell)
	if len(s) > 100 {
		return "", badPhone(cell, "it is too long")
	}
	s = phoneLabel.ReplaceAllString(s, "")
	if phoneFloat.MatchString(s) {
		s = strings.TrimSuffix(s, ".0")
	}
	number, ext := cutExtension(phoneCode.ReplaceAllString(s, "+$1 "))
	number = strings.Join(strings.Fields(strings.ReplaceAll(number, "/", " ")), " ")
	count := countDigits(number)
	switch {
	case twoPhones.MatchString(number):
		return "", badPhone(cell, "it seems to be two numbers").WithFix("Put each number into a column of its own.")
	case phoneVanity.MatchString(number):
		if out, ok := p.international(number); ok {
			return withExtension(out, ext), nil
		}
		return "", badPhone(cell, "it holds letters")
	case !phoneWritten.MatchString(strings.TrimLeft(number, "- ")):
		return "", badPhone(cell, "it holds characters that no number has")
	case count < minPhoneDigits:
		return "", tooShort(cell, number, count)
	case count > maxPhoneDigits:
		return "", badPhone(cell, "it has more than 15 digits")
	}
	if out, ok := p.international(number); ok {
		return withExtension(out, ext), nil
	}
	return withExtension(tidy(number), ext), nil
}

// cutExtension takes the extension off the end.
func cutExtension(s string) (number, ext string) {
	m := phoneExtension.FindStringSubmatch(s)
	if m == nil {
		return s, ""
	}
	return strings.TrimRight(m[1], " ,;."), m[2]
}

func withExtension(number, ext string) string {
	if ext == "" {
		return number
	}
	return number + " ext. " + ext
}

// international gives a number that exists its international form. "00" in front is read as "+" as well: it is the
// prefix in most of the world, and people keep it in lists from regions where it is not.
func (p Phones) international(number string) (string, bool) {
	tries := []string{number}
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		tries = append(tries, "+"+rest)
	}
	for _, s := range tries {
		n, err := phonenumbers.Parse(s, p.Region)
		if err != nil || !phonenumbers.IsValidNumber(n) {
			continue
		}
		n.Extension = nil
		for _, f := range []phonenumbers.PhoneNumberFormat{phonenumbers.INTERNATIONAL, phonenumbers.E164} {
			out := phonenumbers.Format(n, f)
			if phoneWritten.MatchString(out) && countDigits(out) >= minPhoneDigits && countDigits(out) <= maxPhoneDigits {
				return out, true
			}
		}
	}
	return "", false
}

// tidy is the number as written, without stray marks at its ends and with pairs of brackets or none.
func tidy(s string) string {
	plus := strings.HasPrefix(s, "+")
	if strings.Count(s, "(") != strings.Count(s, ")") || strings.Index(s, ")") < strings.Index(s, "(") {
		s = strings.NewReplacer("(", " ", ")", " ").Replace(s)
	}
	s = strings.Trim(s, "+-. ")
	s = strings.Join(strings.Fields(s), " ")
	if plus {
		s = "+" + s
	}
	return s
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

func badPhone(cell, why string) *errs.Error {
	return errs.New(errs.Invalid, "invalid_phone", "%s is not a phone number: %s.", quoted(cell), why).WithFix("Correct it or leave the cell empty.")
}

func tooShort(cell, number string, count int) error {
	e := badPhone(cell, "it has fewer than 7 digits")
	if count > 0 && strings.HasPrefix(number, "-") {
		return e.WithFix("A spreadsheet seems to have subtracted the parts of the number. Format the column as text, fill it in again, or leave the cell empty.")
	}
	return e
}
