// Package publicnet tells addresses of the open internet from all others, for connections to places that a customer
// names: they must not lead into the networks that the server alone can reach.
package publicnet

import (
	"net/netip"
	"slices"
	"syscall"
)

// notPublic are the networks in which such a place may not be: private ones, those of the machine, of the link and of the
// provider, with the addresses at which clouds hand out credentials, and those that mean nothing outside. They are those
// that IANA's registries of special-purpose addresses call not globally reachable, and multicast.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var (
	publicIPv6 = netip.MustParsePrefix("2000::/3")
	// nat64 is how a host without IPv4 reaches one that has nothing else: the IPv4 address is in the last four bytes.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// Has reports whether an address is one of the open internet.
func Has(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !publicIPv6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Only is a net.Dialer.Control that fails with refusal for every other address. It sees the address itself, after the
// name was looked up: a name that points into the private network does not help.
func Only(refusal error) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		if a, err := netip.ParseAddrPort(address); err != nil || !Has(a.Addr()) {
			return refusal
		}
		return nil
	}
}
