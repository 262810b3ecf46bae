package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"time"
)

// TranscribeKind says which protocol the server speaks that turns speech into text.
type TranscribeKind string

// The kinds.
const (
	TranscribeNone       TranscribeKind = ""
	TranscribeOpenAI     TranscribeKind = "openai"
	TranscribeWhisperCPP TranscribeKind = "whisper.cpp"
	TranscribeVosk       TranscribeKind = "vosk"
)

// Transcribe says who turns what callers say into text; nobody when Kind is
// TranscribeNone.
type Transcribe struct {
	Kind     TranscribeKind
	URL      string // http or https; ws or wss for Vosk
	Key      Secret // from key or key_file; empty for none
	Model    string // for OpenAI's protocol; empty for the usual one
	Language string // spoken by callers, ISO 639-1; empty for that of the line
	Timeout  time.Duration
}

// On reports whether what callers say is turned into text.
func (x Transcribe) On() bool { return x.Kind != TranscribeNone }

func (x *Transcribe) read(t *table, from secrets) {
	kind := TranscribeOpenAI
	choice(t, "kind", &kind, TranscribeOpenAI, TranscribeWhisperCPP, TranscribeVosk)
	_, wanted := t.values["kind"]
	schemes := []string{"http", "https"}
	if kind == TranscribeVosk {
		schemes = []string{"ws", "wss"}
	}
	if t.text("url", &x.URL, func(s string) (string, string) { return isServer(s, schemes) }) {
		if u, err := url.Parse(x.URL); err == nil && !ownMachine(u.Hostname()) {
			t.warn(t.at("url"), fmt.Sprintf("what callers say is sent to another machine, %s: the recording leaves the house", u.Hostname()),
				"use a server on this machine, or tell callers and residents; docs/privacy.md")
		}
	}
	x.key(t, from)
	t.text("model", &x.Model, anyText)
	t.text("language", &x.Language, func(s string) (string, string) {
		if len(s) == 2 && s[0] >= 'a' && s[0] <= 'z' && s[1] >= 'a' && s[1] <= 'z' {
			return "", ""
		}
		return fmt.Sprintf("%q is no language of ISO 639-1", s), `write "en", or leave it out for that of the line`
	})
	t.duration("timeout", &x.Timeout, time.Second, 10*time.Second)
	_, given := t.values["url"]
	switch {
	case wanted && !given:
		t.fault(t.path, "no url", "say where the server is")
	case given && !wanted:
		t.fault(t.path, "no kind", "say which protocol the server speaks: openai, whisper.cpp or vosk")
	case wanted:
		x.Kind = kind
	}
	t.finish()
}

// key takes the key from where it stands, if there is one.
func (x *Transcribe) key(t *table, from secrets) {
	var key, file string
	given, named := t.text("key", &key, anyText), t.text("key_file", &file, anyText)
	switch {
	case given && named:
		t.fault(t.at("key"), "both key and key_file are set", "keep one of them, better key_file")
	case given:
		x.Key = NewSecret(key)
		if from.worldReadable(t.file) {
			t.warn(t.at("key"), "every user of this machine can read this file", "chmod o-r "+t.file+", or use key_file")
		}
	case named:
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(t.file), file)
		}
		key, err := from.read(file)
		if err != nil {
			t.fault(t.at("key_file"), err.Error(), "write the key into that file and let the service's user read it")
			return
		}
		x.Key = NewSecret(key)
	}
}

// isServer checks the address of a server.
func isServer(s string, schemes []string) (problem, remedy string) {
	remedy = fmt.Sprintf(`write "%s://127.0.0.1:8080"`, schemes[0])
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "":
		return "is no address of a server", remedy
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Sprintf("%q is none of %v", u.Scheme, schemes), remedy
	case u.User != nil:
		return "holds a user name or password", "put the key into key_file"
	case u.RawQuery != "" || u.Fragment != "":
		return "holds more than an address", remedy
	}
	return "", ""
}

// ownMachine reports whether a host is this machine.
func ownMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
