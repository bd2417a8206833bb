package publicnet

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

func TestHas(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "172.15.255.255": true, "172.32.0.1": true, "100.63.0.1": true, "100.128.0.1": true, "192.1.0.1": true,
		"223.255.255.255": true, "2606:4700:4700::1111": true, "2a00:1450::1": true, "64:ff9b::1.1.1.1": true, "::ffff:1.1.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "127.0.0.1": false, "127.255.255.254": false, "169.254.169.254": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "100.64.0.1": false, "100.100.100.200": false, "192.0.0.192": false,
		"198.18.0.1": false, "192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::127.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b:1::1": false,
		"2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "::127.0.0.1": false,
	} {
		if got := Has(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestOnly(t *testing.T) {
	refusal := errors.New("private")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, err := (&net.Dialer{Control: Only(refusal)}).DialContext(t.Context(), "tcp", listener.Addr().String()); !errors.Is(err, refusal) {
		t.Errorf("the machine itself: %v", err)
	}
	if err := Only(refusal)("tcp", "1.1.1.1:25", nil); err != nil {
		t.Errorf("the open internet: %v", err)
	}
}
