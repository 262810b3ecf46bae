// Package setup makes what a new installation needs: Clearline's configuration, a user of
// ARI, the dialplan, and the settings of telephones and trunks. Of files that are others' it
// adds one line between marks and nothing else, and it notes what it wrote, so that all of it
// can be taken back.
package setup

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"clearline/dialplan"
	"clearline/lib/config"
	"clearline/lib/pbx"
)

// Found is what is there before.
type Found struct {
	Folders   pbx.Folders
	Listening []string // addresses of Asterisk's HTTP server; empty when it is off
	Endpoints []string // "PJSIP/101"
	Plan      pbx.Plan // the dialplan in use
	HTTPConf  pbx.Conf
	ARIConf   pbx.Conf
	Recording bool // the folder that Asterisk records into is there
}

// Wishes are what the operator wants.
type Wishes struct {
	Config  string // where Clearline's configuration goes
	Lines   []Line
	Trunks  []string // endpoints: "PJSIP/trunk"
	User    string   // of ARI
	Secret  string   // its password
	Prompts string   // folder of the sound files
	Store   string   // file of the store
	AGI     string   // address and port of the verdict server
	Console string   // address and port of the pages
}

// Line is a telephone to protect.
type Line struct {
	ID        string
	Number    string // as it is dialled
	Endpoints []string
}

// ReadLine reads "flat-1=01632 960101=PJSIP/101,PJSIP/111".
func ReadLine(text string) (Line, error) {
	parts := strings.Split(text, "=")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return Line{}, fmt.Errorf("line %q: write ID=NUMBER=ENDPOINT,ENDPOINT, as flat-1=01632960101=PJSIP/101", text)
	}
	l := Line{ID: strings.TrimSpace(parts[0]), Number: strings.TrimSpace(parts[1])}
	for e := range strings.SplitSeq(parts[2], ",") {
		l.Endpoints = append(l.Endpoints, EndpointName(e))
	}
	return l, nil
}

// EndpointName adds the technology to a bare name.
func EndpointName(name string) string {
	name = strings.TrimSpace(name)
	if !strings.Contains(name, "/") {
		name = "PJSIP/" + name
	}
	return name
}

// File is a file that setup writes. Of one that is others' the text is added at its end.
type File struct {
	Path   string
	Text   string
	Adds   bool
	Folder bool   // an empty folder for Asterisk to write into, and Clearline too
	Secret bool   // only its group may read it
	Group  string // Asterisk's or Clearline's; empty for that of whoever runs setup
}

// The names of the files that are wholly Clearline's, in Asterisk's folder.
const (
	ariFile      = "clearline-ari.conf"
	httpFile     = "clearline-http.conf"
	pjsipFile    = "clearline-pjsip.conf"
	dialplanFile = "clearline.conf"
	localFile    = "clearline-local.conf"
)

// groups that may read what is secret.
const (
	asteriskGroup  = "asterisk"
	clearlineGroup = "clearline"
)

// Files are what a new installation needs, in the order in which it is written. The error
// says which wish cannot be fulfilled.
func Files(f Found, w Wishes) ([]File, error) {
	if err := check(f, w); err != nil {
		return nil, err
	}
	secret := filepath.Join(filepath.Dir(w.Config), "ari.secret")
	text := configuration(f, w, secret)
	c, err := understood(w, text)
	if err != nil {
		return nil, err
	}
	var contexts bytes.Buffer
	if err := dialplan.Write(&contexts, c); err != nil {
		return nil, err
	}
	in := func(name string) string { return filepath.Join(f.Folders.Config, name) }
	files := []File{
		{Path: w.Config, Text: text, Secret: true, Group: clearlineGroup},
		{Path: secret, Text: w.Secret + "\n", Secret: true, Group: clearlineGroup},
		{Path: in(ariFile), Text: ariUser(f, w), Secret: true, Group: asteriskGroup},
		{Path: in("ari.conf"), Text: include(ariFile), Adds: true},
		{Path: in(pjsipFile), Text: endpoints(w), Group: asteriskGroup},
		{Path: in("pjsip.conf"), Text: include(pjsipFile), Adds: true},
		{Path: in(dialplanFile), Text: contexts.String(), Group: asteriskGroup},
	}
	if !f.Recording { // Debian's Asterisk comes without, and nobody else would make it
		files = append(files, File{Path: f.Folders.Recordings(), Folder: true})
	}
	if server := httpServer(f, w); server != "" {
		files = append(files, File{Path: in(httpFile), Text: server, Group: asteriskGroup}, File{Path: in("http.conf"), Text: include(httpFile), Adds: true})
	}
	if own := local(f, w, c); own != "" {
		return append(files, File{Path: in(localFile), Text: own, Group: asteriskGroup},
			File{Path: in("extensions.conf"), Text: include(dialplanFile, localFile), Adds: true}), nil
	}
	return append(files, File{Path: in("extensions.conf"), Text: include(dialplanFile), Adds: true}), nil
}

// Reloads are the commands that make Asterisk read what was written.
func Reloads() []string {
	return []string{"module reload http", "module reload res_ari.so", "module reload res_pjsip.so", "dialplan reload"}
}

// check looks at wishes that the configuration would not complain of.
func check(f Found, w Wishes) error {
	if len(w.Lines) == 0 {
		return fmt.Errorf("no line: name each telephone to protect, as --line flat-1=01632960101=PJSIP/101; Asterisk has %s", listed(f.Endpoints))
	}
	if len(w.Trunks) == 0 {
		return fmt.Errorf("no trunk: name the way in and out, as --trunk PJSIP/my-trunk; Asterisk has %s", listed(f.Endpoints))
	}
	named := slices.Clone(w.Trunks)
	for _, l := range w.Lines {
		named = append(named, l.Endpoints...)
	}
	for i, name := range named {
		if !slices.Contains(f.Endpoints, name) {
			return fmt.Errorf("%s is no endpoint of this Asterisk, which has %s", name, listed(f.Endpoints))
		}
		if slices.Contains(named[:i], name) {
			return fmt.Errorf("%s is named twice", name)
		}
	}
	for _, s := range f.ARIConf {
		if s.Name == w.User {
			return fmt.Errorf("ari.conf has a user %s already: name another, as --ari-user clearline2, or take it out", w.User)
		}
	}
	return nil
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no endpoints"
	}
	return strings.Join(names, ", ")
}

// understood is the configuration as Clearline reads it. The secret is not written yet.
func understood(w Wishes, text string) (*config.Config, error) {
	inline := strings.Replace(text, "password_file = ", "password = ", 1)
	c, faults := config.Parse(w.Config, []byte(inline))
	if config.Broken(faults) {
		var all []string
		for _, f := range faults {
			all = append(all, f.String())
		}
		return nil, fmt.Errorf("the configuration would have faults:\n%s", strings.Join(all, "\n"))
	}
	return c, nil
}

// configuration is clearline.toml.
func configuration(f Found, w Wishes, secret string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by \"clearline setup\". docs/clearline.example.toml explains every key; after a change run\n# \"clearline check\", and make the dialplan again: clearline dialplan > %s\n\n", filepath.Join(f.Folders.Config, dialplanFile))
	fmt.Fprintf(&b, "region = \"GB\"\nlanguage = \"en_GB\"\n\n[ari]\nurl = %s\nusername = %s\npassword_file = %s\n\n", quoted(address(f)), quoted(w.User), quoted(secret))
	fmt.Fprintf(&b, "[agi]\nlisten = %s\n\n[console]\nlisten = %s\n\n[store]\nurl = %s\n\n", quoted(w.AGI), quoted(w.Console), quoted("file:"+w.Store))
	fmt.Fprintf(&b, "[dialplan]\noutside = []   # what is dialled first for an outside line, if anything: [\"9\"]\n\n[prompts]\ndir = %s\n\n[recordings]\ndir = %s\n", quoted(w.Prompts), quoted(f.Folders.Recordings()))
	for _, l := range w.Lines {
		fmt.Fprintf(&b, "\n[[line]]\nid = %s\nname = %s\nnumbers = [%s]\nendpoints = [%s]\n", quoted(l.ID), quoted(l.ID), quoted(l.Number), quotedAll(l.Endpoints))
	}
	for _, t := range w.Trunks {
		fmt.Fprintf(&b, "\n[[trunk]]\nendpoint = %s\n", quoted(t))
	}
	return b.String()
}

// quoted writes a TOML string: JSON's and Go's escapes of what may stand here are TOML's.
func quoted(s string) string { return strconv.Quote(s) }

func quotedAll(all []string) string {
	var q []string
	for _, s := range all {
		q = append(q, quoted(s))
	}
	return strings.Join(q, ", ")
}

// usual is where Asterisk's HTTP server listens when it has to be switched on.
const usual = "127.0.0.1:8088"

// address is that of ARI, as this machine reaches it.
func address(f Found) string {
	at := usual
	if len(f.Listening) > 0 {
		at = f.Listening[0]
	}
	if ap, err := netip.ParseAddrPort(at); err == nil && ap.Addr().IsUnspecified() {
		at = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ap.Port())))
	}
	prefix, _ := f.HTTPConf.Value("general", "prefix")
	if prefix != "" {
		prefix = "/" + strings.Trim(prefix, "/")
	}
	return "http://" + at + prefix + "/ari"
}
