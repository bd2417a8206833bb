package demo

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// person is one of the six.
type person struct {
	name, email, role, title string
	password                 string
	phoneKey                 string // of their second factor, "" for none
	id                       audit.RecordID
	home, phone              string // addresses
	desk, mobile             string // user agents
	diligence                int    // acts on a working day
	seat                     *seat
	gone                     bool
}

// seat is a person at work: a session of theirs.
type seat struct {
	who *person
	id  auth.Identity
}

const office = "203.0.113.24" // where all of them sit behind one address

// owner, admin and the others by their place in house.people.
const (
	eleanor = iota
	marcus
	sofia
	tomasz
	priya
	jonas
)

const (
	chromeWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	chromeMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	safariMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
	safariPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	chromePhone   = "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
	firefoxLinux  = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
	edgeWindows   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
)

func staff() []*person {
	return []*person{
		eleanor: {name: "Eleanor Hart", email: "owner@demo.test", role: "owner", title: "Founder", password: Password,
			home: "198.51.100.23", phone: "192.0.2.41", desk: safariMac, mobile: safariPhone, diligence: 5},
		marcus: {name: "Marcus Okafor", email: "admin@demo.test", role: "admin", title: "Operations manager", password: Password,
			home: "198.51.100.87", phone: "192.0.2.66", desk: chromeWindows, mobile: chromePhone, diligence: 9},
		sofia: {name: "Sofia Almeida", email: "member@demo.test", role: "member", title: "Senior designer", password: Password,
			home: "2001:db8:4f:17::a2", phone: "192.0.2.92", desk: chromeMac, mobile: safariPhone, diligence: 12},
		tomasz: {name: "Tomasz Wójcik", email: "tomasz@demo.test", role: "member", title: "Project manager", password: Password,
			home: "198.51.100.140", phone: "192.0.2.103", desk: firefoxLinux, mobile: chromePhone, diligence: 10},
		priya: {name: "Priya Raman", email: "priya@demo.test", role: "member", title: "Client advisor", password: Password,
			home: "198.51.100.201", phone: "192.0.2.118", desk: edgeWindows, mobile: chromePhone, diligence: 12},
		jonas: {name: "Jonas Lindqvist", email: "jonas@demo.test", role: "member", title: "Sales", password: Password,
			home: "198.51.100.9", phone: "192.0.2.130", desk: chromeMac, mobile: safariPhone, diligence: 9},
	}
}

// from is where a person's request comes from: mostly the office, sometimes home or the road.
func (h *house) from(p *person) audit.Origin {
	at := audit.Context{IP: office, UserAgent: p.desk}
	switch now := h.clock.now().In(h.zone); {
	case now.Weekday() == time.Saturday, now.Weekday() == time.Sunday, now.Hour() < 8, now.Hour() > 18, h.chance(20):
		at.IP = p.home
	case h.chance(8):
		at = audit.Context{IP: p.phone, UserAgent: p.mobile}
	}
	at.Request = string(h.w.Recorder.NewID())
	return audit.Origin{Channel: audit.Web, Context: at}
}

// login lets a person in, now and then after a slip of the finger.
func (h *house) login(ctx context.Context, p *person) error {
	from := h.from(p)
	if h.chance(4) {
		if err := h.slip(ctx, p.email, "Backtrail-demo", from); err != nil {
			return err
		}
		h.clock.pass(time.Duration(h.between(6, 30)) * time.Second)
	}
	code := ""
	if p.phoneKey != "" {
		var err error
		if code, err = h.code(p); err != nil {
			return err
		}
	}
	in, err := h.w.Auth.LoginWithCode(ctx, p.email, p.password, code, from)
	if err != nil {
		return err
	}
	id, err := h.w.Auth.Authenticate(ctx, auth.Credentials{Cookie: in.Token, Origin: from})
	p.seat = &seat{p, id}
	return err
}

// slip is a login that fails, as it should.
func (h *house) slip(ctx context.Context, email, password string, from audit.Origin) error {
	_, err := h.w.Auth.Login(ctx, email, password, from)
	if errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.TooMany) {
		return nil
	}
	return err
}

func (h *house) logout(ctx context.Context, p *person) error {
	if p.seat == nil {
		return nil
	}
	s := p.seat
	p.seat = nil
	return h.w.Auth.Logout(ctx, s.id)
}

// as is a person as the caller of one request; they log in first when they have not.
func (h *house) as(ctx context.Context, who int) (audit.Caller, error) {
	p := h.people[who]
	if p.seat == nil {
		if err := h.login(ctx, p); err != nil {
			return audit.Caller{}, err
		}
		h.clock.pass(time.Duration(h.between(10, 90)) * time.Second)
	}
	c := p.seat.id.Caller
	c.Context.Request = string(h.w.Recorder.NewID())
	return c, nil
}

// around lists the people who work here at the moment.
func (h *house) around() []int {
	var all []int
	for i, p := range h.people {
		if !p.gone && p.id != "" {
			all = append(all, i)
		}
	}
	return all
}
