package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// guest is somebody who becomes a contact.
type guest struct {
	first, last string
	email       string
	place       *place
	fields      map[string]string
}

// names are those of one language. latin has the spelling for emails where the names themselves are in another
// script, name by name.
type names struct {
	share        int // of a hundred guests
	first, last  []string
	latin        []string // "first last", for pairs of first[i] and last[i]
	places       []*place
	mailProvider string
}

// guests are all who will come, in the order in which they do. The cast is the same in every demo: who plays which part
// is left to its seed.
func guests() []guest {
	rng := rand.New(rand.NewPCG(1066, 1887))
	var all []guest
	taken := map[string]bool{}
	for _, n := range cast {
		for i := range n.share * contactsInAll / 100 {
			all = append(all, n.guest(rng, i, taken))
		}
	}
	for i := 0; len(all) < contactsInAll; i++ {
		all = append(all, cast[0].guest(rng, i, taken))
	}
	rng.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	return all
}

// guest makes the i-th person of these names.
func (n names) guest(rng *rand.Rand, i int, taken map[string]bool) guest {
	g := guest{place: n.places[rng.IntN(len(n.places))]}
	var latin string
	if n.latin != nil {
		i %= len(n.latin)
		g.first, g.last, latin = n.first[i], n.last[i], n.latin[i]
	} else {
		for latin == "" || taken[g.first+" "+g.last] {
			g.first, g.last = n.first[rng.IntN(len(n.first))], n.last[rng.IntN(len(n.last))]
			latin = asciiOf(g.first + " " + g.last)
		}
		taken[g.first+" "+g.last] = true
	}
	local := strings.ReplaceAll(strings.ToLower(latin), " ", ".")
	g.email = local + "@" + n.mailProvider
	for serial := 2; taken[g.email]; serial++ {
		g.email = local + strconv.Itoa(serial) + "@" + n.mailProvider
	}
	taken[g.email] = true
	g.fields = map[string]string{"first_name": g.first, "last_name": g.last, "email": g.email,
		"city": g.place.city, "country": g.place.country, "timezone": g.place.zone}
	if rng.IntN(10) < 8 {
		g.fields["phone"] = g.place.phone(func(n int) int { return rng.IntN(n) })
	}
	return g
}

// latin is the local part of the email with blanks.
func (g guest) latin() string {
	local, _, _ := strings.Cut(g.email, "@")
	return strings.ReplaceAll(local, ".", " ")
}

var plainLetters = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ą", "a", "æ", "ae", "ç", "c", "č", "c",
	"ć", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "ğ", "g", "í", "i", "î", "i", "ï", "i", "ı", "i", "İ", "I", "ł", "l", "Ł", "L",
	"ñ", "n", "ń", "n", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "Ø", "O", "ř", "r", "š", "s", "Š", "S", "ś", "s", "ş", "s", "Ş", "S", "ß", "ss",
	"ú", "u", "ù", "u", "û", "u", "ü", "u", "Ü", "U", "ů", "u", "ý", "y", "ž", "z", "Ž", "Z", "ź", "z", "ż", "z", "Ż", "Z", "É", "E", "Á", "A", "Å", "A", "Ö", "O",
	"đ", "d", "Đ", "D", "ễ", "e", "ạ", "a", "ầ", "a", "ơ", "o", "ư", "u", "ị", "i", "'", "", "’", "")

func asciiOf(s string) string { return plainLetters.Replace(s) }

// place is where somebody lives.
type place struct{ city, country, zone, prefix, digits string }

// phone gives a number: each # of the place's digits is one of its own.
func (p *place) phone(random func(n int) int) string {
	return p.prefix + strings.Map(func(r rune) rune {
		if r == '#' {
			return '0' + rune(random(10))
		}
		return r
	}, p.digits)
}

func (p *place) number(h *house) string { return p.phone(h.rng.IntN) }

func (p *place) postcode(h *house) string {
	if p.country == "United Kingdom" {
		return "BS" + strconv.Itoa(h.between(1, 16)) + " " + strconv.Itoa(h.between(1, 9)) + pick(h, []string{"AB", "DJ", "HN", "LT", "QX", "RS"})
	}
	return strconv.Itoa(h.between(10_000, 98_999))
}

// street is an address.
func (h *house) street(p *place) string {
	if p.country == "United Kingdom" {
		return strconv.Itoa(h.between(1, 180)) + " " + pick(h, []string{"Harbourside", "Whiteladies Road", "Clifton Down", "Park Street", "Gloucester Road", "Spike Island", "Corn Street", "Redcliffe Parade"})
	}
	return pick(h, []string{"Rua das Flores", "Hauptstraße", "Rue de la Paix", "ul. Długa", "Via Roma", "Calle Mayor", "Storgatan"}) + " " + strconv.Itoa(h.between(1, 120))
}

// draw takes the first n guests.
func (h *house) draw(n int) []guest {
	drawn := slices.Clone(h.guests[:n])
	h.guests = h.guests[n:]
	return drawn
}
