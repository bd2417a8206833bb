package audit

import "testing"

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2::5":      "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::":  "2001:db8:1:2::/64",
		"2001:db8:1:3::5":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
		"somewhere":            "somewhere",
		"192.0.2.1, 192.0.2.2": "192.0.2.1, 192.0.2.2",
	} {
		if got := Network(ip); got != want {
			t.Errorf("Network(%q) is %q, want %q", ip, got, want)
		}
	}
}
