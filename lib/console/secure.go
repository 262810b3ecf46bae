package console

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// policy is the Content-Security-Policy of every page: all there is comes from here, and
// nothing of it stands within the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types clearline"

// protected says what browsers may do with the pages, takes no orders that another site has
// a browser send, and bounds what one device or address asks for.
func (c *Console) protected(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.opts.Log.Warn("request of another site refused", "path", r.URL.Path, "origin", r.Header.Get("Origin"), "remote", c.remote(r))
		http.Error(w, "another site has sent this request", http.StatusForbidden)
	}))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if c.opts.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		whose := c.anyDevice(r) // a flood from its address does not concern it
		if whose == "" {
			whose = sameHouse(c.remote(r))
		}
		if wait, ok := c.requests.spend(whose); !ok {
			tooMuch(w, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tooMuch answers who asks too often.
func tooMuch(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	http.Error(w, "too many requests: wait a moment", http.StatusTooManyRequests)
}

// remote is the address somebody asks from. A proxy is believed that was declared, and only
// in what it has added itself.
func (c *Console) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !c.opts.Proxy.IsValid() || !c.opts.Proxy.Contains(ip.Unmap()) {
		return host
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if said, err := netip.ParseAddr(strings.TrimSpace(forwarded[len(forwarded)-1])); err == nil {
		return said.Unmap().String()
	}
	return host
}

// files serves what pages are made of besides words.
func (c *Console) files() http.Handler {
	serve := http.FileServerFS(c.static)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") || r.URL.Path == "" {
			http.NotFound(w, r) // no listing
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}
