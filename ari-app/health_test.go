package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wellButUnready answers as a Clearline that works and whose store is away. It returns what
// that one's configuration says about its pages.
func wellButUnready(t *testing.T, secure bool) (console string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready: store\nstore  failed  \x1b[2Jaway\n"))
	})
	server := httptest.NewUnstartedServer(mux)
	t.Cleanup(server.Close)
	if !secure {
		server.Start()
		return "[console]\nlisten = \"" + server.Listener.Addr().String() + "\"\n"
	}
	server.StartTLS()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: server.Certificate().Raw},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "[console]\nlisten = \"" + server.Listener.Addr().String() + "\"\ncert = \"" + dir + "/cert.pem\"\nkey = \"" + dir + "/key.pem\"\n"
}

func TestHealthIsWhatTheRunningClearlineSays(t *testing.T) {
	for _, c := range []struct {
		name    string
		console string
		flags   []string
		code    int
		says    string
	}{
		{"it works", wellButUnready(t, false), nil, exitDone, "alive\n"},
		{"it works behind a certificate", wellButUnready(t, true), nil, exitDone, "alive\n"},
		{"what it needs is not there", wellButUnready(t, false), []string{"--ready"}, exitFailed, "clearline: not ready: store\nstore  failed  \\x1b[2Jaway\n"},
		{"nobody answers", "[console]\nlisten = \"" + away(t) + "\"\n", nil, exitFailed, "connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, _ := configure(t, c.console)
			code, out, complaint := command(append([]string{"health", "--config", path}, c.flags...)...)
			if said := out + complaint; code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("exit code %d, and: %s", code, said)
			}
		})
	}
}
