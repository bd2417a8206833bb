package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// identify gives the request an id and says from where it comes: for the events that it causes, and in the header
// X-Request-ID of the answer. A request that came by TLS, here or at a trusted proxy, has the scheme https.
func (s *shell) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := s.ids.Next()
		w.Header().Set("X-Request-ID", id)
		ip, tls := s.client(r)
		r = r.WithContext(audit.WithContext(r.Context(), audit.Context{IP: ip, UserAgent: r.UserAgent(), Request: id}))
		address := *r.URL
		address.Scheme = ""
		if tls {
			address.Scheme = "https"
		}
		r.URL = &address
		next.ServeHTTP(w, r)
	})
}

// client is the address of whoever sent the request, and whether they used TLS. Headers about it count only as far as
// trusted proxies wrote them: read from the right, the first address that is none of theirs is the client.
func (s *shell) client(r *http.Request) (ip string, tls bool) {
	tls = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "", tls
	}
	addr := peer.Addr().Unmap()
	if !s.trusts(addr) {
		return addr.String(), tls
	}
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		tls = true
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if addr = next.Unmap(); !s.trusts(addr) {
			break
		}
	}
	return addr.String(), tls
}

func (s *shell) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// sameOrigin refuses writes that a page of another origin makes in the name of a cookie. A request with an API key
// carries no cookie's authority.
func (s *shell) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "cross_origin", errs.Forbidden.Sentence(), "The request comes from a page of another site.")
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}
