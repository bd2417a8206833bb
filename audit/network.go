package audit

import "net/netip"

// Network is what counts as one address: the address itself, or the /64 network of an IPv6 address, which one customer usually
// has for themselves. What is no address stays as it is.
func Network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	return addr.String()
}
