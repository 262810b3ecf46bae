package testbed

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

//go:embed etc/modules.txt
var moduleNames string

//go:embed etc/default-dialplan.conf
var defaultDialplan string

// The ports of every instance; the address is what differs. They are not the usual ones,
// which a telephone exchange of this machine may hold on all addresses.
const (
	sipPort  = 15060
	httpPort = 18088
	rtpFirst = 10000
	rtpLast  = 14000 // room for 2000 streams
)

// config writes the configuration of one instance.
type config struct {
	opt  Options
	in   Install
	home string // holds etc, data, run, log, spool
	at   *block
}

func (c config) write() error {
	for _, dir := range []string{"etc", "data/sounds", "run", "log", "lib", "spool/recording", "spool/tmp", "cache", "lib/keys"} {
		if err := os.MkdirAll(filepath.Join(c.home, dir), 0o755); err != nil {
			return fmt.Errorf("write asterisk's configuration: %w", err)
		}
	}
	if err := errors.Join(c.linkData(), c.linkModules()); err != nil {
		return fmt.Errorf("link asterisk's data: %w", err)
	}
	files := map[string]string{
		"asterisk.conf": c.main(),
		"modules.conf":  c.modules(),
		"logger.conf":   "[general]\ndateformat=%F %T.%3q\nappendhostname=no\n[logfiles]\nfull.log => notice,warning,error,verbose(3)\n",
		"http.conf":     fmt.Sprintf("[general]\nenabled=yes\nbindaddr=%s\nbindport=%d\nsessionlimit=2000\n", c.at.asterisk(), httpPort),
		"ari.conf":      c.ari(),
		"rtp.conf": fmt.Sprintf("[general]\nrtpstart=%d\nrtpend=%d\nstrictrtp=yes\nicesupport=no\n"+
			// A key that stutters on a busy machine stays one key: 3 s in samples.
			"dtmftimeout=24000\n", rtpFirst, rtpLast),
		"pjsip.conf":       c.pjsip(),
		"extensions.conf":  c.extensions(),
		"dialplan.conf":    c.dialplan(),
		"indications.conf": "[general]\ncountry=us\n[us]\ndescription=test tones\nringcadence=2000,4000\ndial=350+440\nbusy=480+620/500,0/500\nring=440+480/2000,0/4000\ncongestion=480+620/250,0/250\n",
		"musiconhold.conf": "[general]\n",
		"features.conf":    "[general]\n",
		"cdr.conf":         "[general]\nenable=no\n",
		"stasis.conf":      "[threadpool]\n",
		"res_parking.conf": "[general]\n",
	}
	for _, name := range []string{"acl", "ccss", "cel", "pjproject", "udptl", "websocket_client"} {
		files[name+".conf"] = "" // absence would be logged as an error
	}
	for name, text := range c.opt.Files {
		files[name] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.home, "etc", name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write asterisk's configuration: %w", err)
		}
	}
	return nil
}

// linkData makes a data folder with the install's own contents, except for sounds, where
// clearline/ is the prompts under test.
func (c config) linkData() error {
	entries, err := os.ReadDir(c.in.DataDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == "sounds" {
			continue
		}
		if err := os.Symlink(filepath.Join(c.in.DataDir, e.Name()), filepath.Join(c.home, "data", e.Name())); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{"en": c.in.SoundsEN, "clearline": c.opt.Sounds} {
		if target == "" {
			continue
		}
		if target, err = filepath.Abs(target); err != nil {
			return err
		}
		if err := os.Symlink(target, filepath.Join(c.home, "data/sounds", name)); err != nil {
			return err
		}
	}
	return nil
}

// moduleDir is the install's own folder of modules, unless there are more.
func (c config) moduleDir() string {
	if len(c.opt.Modules) == 0 {
		return c.in.ModuleDir
	}
	return filepath.Join(c.home, "modules")
}

// linkModules makes a folder with the install's modules and those that it has not.
func (c config) linkModules() error {
	if len(c.opt.Modules) == 0 {
		return nil
	}
	all, err := filepath.Glob(filepath.Join(c.in.ModuleDir, "*.so"))
	if err != nil {
		return err
	}
	if err := os.Mkdir(c.moduleDir(), 0o755); err != nil {
		return err
	}
	for _, name := range c.opt.Modules {
		if filepath.IsAbs(name) {
			all = append(all, name)
		}
	}
	for _, path := range all {
		if err := os.Symlink(path, filepath.Join(c.moduleDir(), filepath.Base(path))); err != nil {
			return err
		}
	}
	return nil
}

func (c config) main() string {
	var b strings.Builder
	b.WriteString("[directories]\n")
	for _, d := range [][2]string{
		{"astetcdir", "etc"},
		{"astvarlibdir", "lib"},
		{"astdbdir", "lib"},
		{"astkeydir", "lib"},
		{"astdatadir", "data"},
		{"astagidir", "lib"},
		{"astspooldir", "spool"},
		{"astrundir", "run"},
		{"astlogdir", "log"},
		{"astsbindir", "run"},
		{"astcachedir", "cache"},
	} {
		fmt.Fprintf(&b, "%s => %s\n", d[0], filepath.Join(c.home, d[1]))
	}
	fmt.Fprintf(&b, "astmoddir => %s\n", c.moduleDir())
	b.WriteString("[options]\nverbose=3\nmaxload=0\nlive_dangerously=no\nhideconnect=yes\ndefaultlanguage=en\n")
	return b.String()
}

func (c config) modules() string {
	var b strings.Builder
	b.WriteString("[modules]\nautoload=no\n")
	for _, name := range strings.Fields(moduleNames) {
		// A module that an older release does not have would only make noise in the log.
		if _, err := os.Stat(filepath.Join(c.in.ModuleDir, name+".so")); err == nil {
			fmt.Fprintf(&b, "load=%s.so\n", name)
		}
	}
	for _, name := range c.opt.Modules {
		fmt.Fprintf(&b, "load=%s.so\n", strings.TrimSuffix(filepath.Base(name), ".so"))
	}
	return b.String()
}

func (c config) ari() string {
	s := "[general]\nenabled=yes\nwebsocket_write_timeout=1000\n"
	s += "channelvars=" + strings.Join(c.opt.ChannelVars, ",") + "\n"
	return s + "[clearline]\ntype=user\nread_only=no\npassword_format=plain\npassword=" + c.opt.Password + "\n"
}

// endpointBase holds for every endpoint: see docs/asterisk.md, "Keypad digits in a bridge".
const endpointBase = `type=endpoint
disallow=all
allow=ulaw
direct_media=no
dtmf_mode=rfc4733
ice_support=no
timers=no
bind_rtp_to_media_address=yes
`

func (c config) endpoint() string {
	transfers := "no"
	if c.opt.Transfers {
		transfers = "yes"
	}
	return endpointBase + "allow_transfer=" + transfers + "\n"
}

func (c config) pjsip() string {
	var b strings.Builder
	me := c.at.asterisk()
	fmt.Fprintf(&b, "[global]\ntype=global\nendpoint_identifier_order=ip,username\nuser_agent=testbed\n")
	// SIP's timers are five times as fast as usual, the most that Asterisk allows: it keeps
	// the sockets of a leg whose phone never answered for 6.4 s then, not for 32 s, which
	// is less than the leak check waits.
	b.WriteString("[system]\ntype=system\ntimer_t1=100\ntimer_b=6400\n")
	fmt.Fprintf(&b, "[udp]\ntype=transport\nprotocol=udp\nbind=%s:%d\n", me, sipPort)
	for i, name := range c.opt.Trunks {
		fmt.Fprintf(&b, "[%s]\n%smedia_address=%s\ntransport=udp\ncontext=%s\naors=%[1]s\ntrust_id_inbound=yes\n", name, c.endpoint(), me, c.opt.TrunkContext)
		fmt.Fprintf(&b, "[%s]\ntype=aor\ncontact=sip:%s:%d\n", name, c.at.host(trunkNet(i), 1), sipPort)
		fmt.Fprintf(&b, "[%s]\ntype=identify\nendpoint=%[1]s\nmatch=%s\n", name, netip.PrefixFrom(c.at.host(trunkNet(i), 0), 24))
	}
	host := 0
	for _, line := range c.opt.Lines {
		for _, name := range line.Endpoints {
			host++
			at := c.at.host(residentNet, host)
			fmt.Fprintf(&b, "[%s]\n%smedia_address=%s\ntransport=udp\ncontext=%s\naors=%s\ncallerid=\"%s\" <%s>\n", name, c.endpoint(), me, c.opt.ResidentContext, name, line.ID, lineNumber(line))
			if c.opt.Mailboxes {
				fmt.Fprintf(&b, "mailboxes=%s\n", line.ID)
			}
			fmt.Fprintf(&b, "[%s]\ntype=aor\ncontact=sip:%[1]s@%s:%d\n", name, at, sipPort)
			fmt.Fprintf(&b, "[%s]\ntype=identify\nendpoint=%[1]s\nmatch=%s\n", name, at)
		}
	}
	if c.opt.Listen != "" {
		fmt.Fprintf(&b, "[outside]\ntype=transport\nprotocol=udp\nbind=%s\n", c.opt.Listen)
	}
	for _, s := range c.opt.Softphones {
		b.WriteString(c.softphone(s))
	}
	return b.String()
}

func lineNumber(l Line) string {
	if len(l.Numbers) == 0 {
		return ""
	}
	return l.Numbers[0]
}

func (c config) softphone(s Softphone) string {
	var b strings.Builder
	transport, base := "udp", c.endpoint()+"media_address="+c.at.asterisk().String()+"\n"
	if c.opt.Listen != "" {
		transport = "outside"
		base = strings.ReplaceAll(c.endpoint(), "bind_rtp_to_media_address=yes\n", "rtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\n")
	}
	entry := c.opt.ResidentContext
	if s.Line == "" {
		entry = c.opt.TrunkContext
		base += fmt.Sprintf("callerid=<%s>\n", s.Number)
	}
	fmt.Fprintf(&b, "[%s]\n%stransport=%s\ncontext=%s\naors=%[1]s\nauth=%[1]s\n", s.User, base, transport, entry)
	fmt.Fprintf(&b, "[%s]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n", s.User)
	fmt.Fprintf(&b, "[%s]\ntype=auth\nauth_type=userpass\nusername=%s\npassword=%s\n", s.User, s.User, s.Password)
	return b.String()
}

// toldHeader says in the INVITE by a trunk what CLEARLINE_CLEARED, CLEARLINE_INCIDENT and
// CLEARLINE_AVOID were in clearline-onward; toldContext puts it there.
const (
	toldHeader  = "X-Testbed-Told"
	toldContext = "testbed-told"
)

// extensions holds the operator's own contexts, then whatever the test brought.
func (c config) extensions() string {
	var b strings.Builder
	b.WriteString("[general]\nstatic=yes\nwriteprotect=yes\nautofallthrough=yes\nclearglobalvars=no\n[clearline-deliver]\n")
	for _, line := range c.opt.Lines {
		var ring []string
		for _, name := range line.Endpoints {
			ring = append(ring, "PJSIP/"+name)
		}
		for _, s := range c.opt.Softphones {
			if s.Line == line.ID {
				ring = append(ring, "PJSIP/"+s.User)
			}
		}
		fmt.Fprintf(&b, "exten => %s,1,Dial(%s,60)\n same => n,Hangup()\n", line.ID, strings.Join(ring, "&"))
	}
	first, second := c.opt.Trunks[0], c.opt.Trunks[0]
	if len(c.opt.Trunks) > 1 {
		second = c.opt.Trunks[1]
	}
	// What the context was told goes along, so that the exchange's phone can tell it.
	fmt.Fprintf(&b, "[%s]\nexten => s,1,Set(PJSIP_HEADER(add,%s)=cleared=${ARG1} incident=${ARG2} avoid=${ARG3})\n same => n,Return()\n", toldContext, toldHeader)
	b.WriteString("[clearline-onward]\n")
	for _, line := range c.opt.Lines { // nobody rings his neighbour by way of the network
		for _, form := range forms(line) {
			fmt.Fprintf(&b, "exten => %s,1,Goto(clearline-deliver,%s,1)\n", form, line.ID)
		}
	}
	fmt.Fprintf(&b, "exten => _[+0-9*#]!,1,Set(OUT=${IF($[\"${CLEARLINE_AVOID}\"=\"%s\"]?%s:%[1]s)})\n", first, second)
	fmt.Fprintf(&b, " same => n,Dial(PJSIP/${EXTEN}@${OUT},60,b(%s^s^1(${CLEARLINE_CLEARED}^${CLEARLINE_INCIDENT}^${CLEARLINE_AVOID})))\n same => n,Hangup()\n", toldContext)
	fmt.Fprintf(&b, "#include \"%s\"\n", filepath.Join(c.home, "etc/dialplan.conf"))
	return b.String()
}

// dialplan is the test's own text, or calls straight in and out.
func (c config) dialplan() string {
	if c.opt.Dialplan != "" {
		return c.opt.Dialplan + "\n"
	}
	var b strings.Builder
	b.WriteString(defaultDialplan)
	fmt.Fprintf(&b, "[%s]\n", c.opt.TrunkContext)
	for _, line := range c.opt.Lines {
		for _, form := range forms(line) {
			fmt.Fprintf(&b, "exten => %s,1,Goto(clearline-deliver,%s,1)\n", form, line.ID)
		}
	}
	fmt.Fprintf(&b, "[%s]\nexten => _[+0-9*#]!,1,Goto(clearline-onward,${EXTEN},1)\n", c.opt.ResidentContext)
	return b.String()
}

// forms are a line's numbers as they are dialled from abroad and at home.
func forms(line Line) (all []string) {
	for _, number := range line.Numbers {
		all = append(all, number, "0"+strings.TrimPrefix(number, "+44"))
	}
	return all
}
