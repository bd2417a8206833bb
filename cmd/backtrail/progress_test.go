package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgress(t *testing.T) {
	long := time.Now().Add(-time.Minute)
	for _, c := range []struct {
		name string
		p    progress
		want string
	}{
		{"terminal", progress{terminal: true, begun: time.Now()}, "\rChecking Acme: 0% \rChecking Acme: 4% \rChecking Acme: 45% \rChecking Acme: 100% \r\x1b[K"},
		{"long", progress{begun: long}, "Checking Acme: 45%\n"},
		{"short", progress{begun: time.Now()}, ""},
	} {
		var out strings.Builder
		c.p.to, c.p.what, c.p.last = &out, "Acme", -1
		c.p.show(0, 0) // of an empty log
		for _, done := range []int64{0, 90, 92, 900, 905, 2000} {
			c.p.show(done, 2000)
		}
		c.p.end()
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	var out strings.Builder
	newProgress(&out, "Acme").end()
	if out.Len() > 0 {
		t.Errorf("%q is left behind where nothing was shown", out.String())
	}
}
