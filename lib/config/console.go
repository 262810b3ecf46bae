package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
)

// Console is where Clearline serves pages: how it is, and what wardens work with.
type Console struct {
	Listen      string       // address and port
	Cert, Key   string       // files with the certificate chain and its key, in PEM, absolute; both empty for plain HTTP
	BehindProxy netip.Prefix // of proxies with TLS that stand before it; the zero one for none
}

// Secure reports whether browsers reach the console over TLS.
func (c Console) Secure() bool { return c.Cert != "" || c.BehindProxy.IsValid() }

// read reads where pages are served. Wardens sign in there: beyond this machine their
// passwords travel over TLS, or not at all.
func (c *Console) read(t *table) {
	listens := t.text("listen", &c.Listen, isListen)
	c.readCertificate(t)
	var proxy string
	if t.text("behind_proxy", &proxy, isProxy) {
		c.BehindProxy, _ = proxies(proxy) // it was read just now
	}
	host, _, _ := net.SplitHostPort(c.Listen)
	ip, err := netip.ParseAddr(host)
	beyond := host != "localhost" && (err != nil || !ip.IsLoopback())
	switch {
	case !listens || !beyond:
	case !c.Secure():
		t.fault(t.at("listen"), "other machines reach it, and wardens would sign in without encryption",
			`set cert and key, or behind_proxy to the address of a proxy with TLS, or write "127.0.0.1:8480"`)
	default:
		t.warn(t.at("listen"), "other machines can read there how Clearline is, and how many calls there are",
			`let a firewall choose who may, or write "127.0.0.1:8480"`)
	}
	t.finish()
}

// readCertificate reads the certificate and its key, and looks whether they fit.
func (c *Console) readCertificate(t *table) {
	hasCert, hasKey := t.text("cert", &c.Cert, isGiven), t.text("key", &c.Key, isGiven)
	for _, file := range []*string{&c.Cert, &c.Key} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(t.file), *file)
		}
	}
	switch {
	case hasCert != hasKey:
		t.fault(t.path, "cert and key belong together, and one of them is missing", "set both")
		c.Cert, c.Key = "", ""
	case hasCert:
		if _, err := tls.LoadX509KeyPair(c.Cert, c.Key); err != nil {
			t.fault(t.at("cert"), err.Error(), "name files in PEM with the certificate chain and its key that the service's user may read")
		}
	}
}

func isGiven(s string) (problem, remedy string) {
	if s == "" {
		return "is empty", "name a file, or leave it out"
	}
	return "", ""
}

// proxies reads an address, or a network in the form of RFC 4632.
func proxies(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

func isProxy(s string) (problem, remedy string) {
	if p, err := proxies(s); err != nil || p.Bits() == 0 {
		return fmt.Sprintf("%q is no address of a proxy", s), `write its address, or a network: "127.0.0.1", "10.0.0.0/24"`
	}
	return "", ""
}
