package visit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/doctor/visit"
	"clearline/lib/pbx"
	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
	"clearline/lib/testbed/redisserver"
)

// clinic is a right installation, with a running Clearline, of which one thing at a time is
// broken.
type clinic struct {
	*testing.T
	house *house.House
	app   *app.App

	config  config.Config // what the doctor is told, and its eyes
	options visit.Options
	mend    []func()
}

// opens builds a house of one line and a trunk, where Clearline runs.
func opens(t *testing.T) *clinic {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	h, err := house.Open(ctx, house.Options{Bed: testbed.Options{Lines: []testbed.Line{
		{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	log := slog.New(slog.NewTextHandler(h.Bed.Timeline.Writer("clearline"), nil))
	clearline, err := app.New(h.Config, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := clearline.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-clearline.Ready()
	c := &clinic{T: t, house: h, app: clearline, config: *h.Config}
	t.Cleanup(c.stop)
	program := filepath.Join(t.TempDir(), "asterisk")
	c.write(program, "#!/bin/sh\nexec "+strings.Join(h.Bed.Asterisk.Install.Command, " ")+" \"$@\"\n", 0o755)
	c.options.Console = pbx.Console{Command: program, Config: c.etc("asterisk.conf")}
	return c
}

func (c *clinic) stop() {
	if c.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := c.app.Stop(ctx); err != nil {
		c.Error(err)
	}
	c.app = nil
}

// etc is a file of Asterisk's configuration.
func (c *clinic) etc(name string) string {
	return filepath.Join(c.house.Bed.Asterisk.Home, "etc", name)
}

func (c *clinic) write(path, text string, mode os.FileMode) {
	c.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		c.Fatal(err)
	}
}

func (c *clinic) asterisk(commands ...string) {
	c.Helper()
	for _, command := range commands {
		if _, err := c.house.Bed.Asterisk.CLI(context.WithoutCancel(c.Context()), command); err != nil {
			c.Fatal(err)
		}
	}
}

// change changes a file by a regular expression, and has it loaded, until the end of the illness.
func (c *clinic) change(path, pattern, replacement string, commands ...string) {
	c.Helper()
	was, err := os.ReadFile(path)
	if err != nil {
		c.Fatal(err)
	}
	is := regexp.MustCompile(pattern).ReplaceAllString(string(was), replacement)
	if is == string(was) {
		c.Fatalf("%s has nothing like %s", path, pattern)
	}
	c.write(path, is, 0o600)
	c.asterisk(commands...)
	c.mend = append(c.mend, func() {
		c.write(path, string(was), 0o600)
		c.asterisk(commands...)
	})
}

// without unloads a module.
func (c *clinic) without(module string) {
	c.asterisk("module unload " + module + ".so")
	c.mend = append(c.mend, func() { c.asterisk("module load " + module + ".so") })
}

// telephone changes a setting of the telephone.
func (c *clinic) telephone(was, is string) {
	c.change(c.etc("pjsip.conf"), `(?s)(\[101\]\ntype=endpoint\n.*?)`+was, "${1}"+is, "module reload res_pjsip.so")
}

// moves moves a file or a folder away.
func (c *clinic) moves(path string) {
	c.Helper()
	if err := os.Rename(path, path+".away"); err != nil {
		c.Fatal(err)
	}
	c.mend = append(c.mend, func() {
		if err := os.RemoveAll(path); err != nil {
			c.Error(err)
		}
		if err := os.Rename(path+".away", path); err != nil {
			c.Error(err)
		}
	})
}

// full puts a file system in the place of a folder that takes little.
func (c *clinic) full(dir string) {
	c.Helper()
	if os.Geteuid() != 0 {
		c.Skip("needs root")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		c.Skip("no file system can be mounted here: ", err)
	}
	c.mend = append(c.mend, func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			c.Error(err)
		}
	})
}

func (c *clinic) greeting() string {
	return filepath.Join(c.config.Prompts.Dir, "en_GB/screening/greeting.wav")
}

// wave is a silent sound file, 8 kHz of 16 bits.
func wave(length time.Duration) string {
	size := uint32(length.Seconds() * 16000)
	var b bytes.Buffer
	b.WriteString("RIFF")
	for _, part := range []any{36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), []byte("data"), size, make([]byte, size)} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes everything
	}
	return b.String()
}

// settle is what is done at the end of an illness.
func (c *clinic) settle() {
	for _, mend := range slices.Backward(c.mend) {
		mend()
	}
	c.mend, c.config, c.options.Now = nil, *c.house.Config, nil
}

// findings are those that are not OK.
func (c *clinic) findings() []doctor.Finding {
	c.Helper()
	facts, err := visit.Gather(c.Context(), &c.config, c.options)
	if err != nil {
		c.Fatal(err)
	}
	return slices.DeleteFunc(doctor.Examine(facts), func(f doctor.Finding) bool { return f.State == doctor.OK })
}

// diagnosed waits until the doctor names a check, and nothing else; nothing at all for "".
// Asterisk loads some of its files behind the answer to the command.
func (c *clinic) diagnosed(want string) []doctor.Finding {
	c.Helper()
	var found []doctor.Finding
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); {
		found = c.findings()
		others := slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Check != want })
		if !others && (len(found) > 0) == (want != "") {
			return found
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-c.Context().Done():
		}
	}
	c.Fatalf("the doctor does not name %q alone, but %s", want, told(found))
	return nil
}

func told(found []doctor.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "\n%s %s: %s", f.State, f.Check, f.What)
	}
	return b.String()
}

// illness is one thing that is broken: the doctor must name the check, in these words.
type illness struct {
	name, check, says string
	breaks            func(*clinic)
}

var illnesses = []illness{
	{"the password is not that of the user", "ari", "does not serve clearline", func(c *clinic) {
		c.config.ARI.Password = config.NewSecret("another")
	}},
	{"the user may only look", "ari-user", "may only look", func(c *clinic) {
		c.change(c.etc("ari.conf"), "read_only=no", "read_only=yes", "module reload res_ari.so")
	}},
	{"nobody gives events", "websocket", "refuses the connection", func(c *clinic) { c.without("res_ari_events") }},
	{"asterisk will listen everywhere", "ari-open", "listens at 0.0.0.0", func(c *clinic) {
		c.change(c.etc("http.conf"), "bindaddr=.*", "bindaddr=0.0.0.0")
	}},
	{"the server takes few connections", "sessionlimit", "takes 10 connections", func(c *clinic) {
		c.change(c.etc("http.conf"), "sessionlimit=.*", "sessionlimit=10")
	}},
	{"legs are not marked", "channelvars", "CLEARLINE_ROLE", func(c *clinic) {
		c.change(c.etc("ari.conf"), "channelvars=.*", "channelvars=CLEARLINE_LINE,CHANNEL(linkedid)", "module reload res_ari.so")
	}},
	{"a module is missing", "modules", "does not run app_read", func(c *clinic) { c.without("app_read") }},
	{"two telephones may be joined past asterisk", "native-bridging", "bridge_simple", func(c *clinic) { c.without("bridge_simple") }},
	{"a telephone is unknown", "endpoints", "PJSIP/101 of line flat-1 is no endpoint", func(c *clinic) {
		c.change(c.etc("pjsip.conf"), `(?s)\[101\]\ntype=endpoint\n.*`, "", "module reload res_pjsip.so")
	}},
	{"a telephone is not registered", "endpoints", "PJSIP/101 of line flat-1 is not registered", func(c *clinic) {
		c.change(c.etc("pjsip.conf"), "contact=sip:101@.*", "max_contacts=1", "module reload res_pjsip.so")
	}},
	{"keys travel in the speech", "dtmf-mode", "PJSIP/101 has dtmf_mode=inband", func(c *clinic) { c.telephone("dtmf_mode=rfc4733", "dtmf_mode=inband") }},
	{"speech may pass asterisk by", "direct-media", "PJSIP/101 has direct_media=yes", func(c *clinic) { c.telephone("direct_media=no", "direct_media=yes") }},
	{"the trunk's speech may pass asterisk by", "direct-media", "PJSIP/main has direct_media=yes", func(c *clinic) {
		c.change(c.etc("pjsip.conf"), `(?s)(\[main\]\ntype=endpoint\n.*?)direct_media=no`, "${1}direct_media=yes", "module reload res_pjsip.so")
	}},
	{"a telephone may transfer", "transfer", "PJSIP/101 has allow_transfer=yes", func(c *clinic) { c.telephone("allow_transfer=no", "allow_transfer=yes") }},
	{"others may pick up", "pickup", "PJSIP/101 has call_group=1", func(c *clinic) { c.telephone("allow_transfer=no", "allow_transfer=no\ncall_group=1") }},
	{"the dialplan is older than the configuration", "dialplan", "in clearline-outbound", func(c *clinic) {
		text := "[ari]\npassword = \"x\"\n[verification]\nnumbers = [\"01632 960998\"]\n[[line]]\nid = \"flat-1\"\nnumbers = [\"01632 960101\"]\nendpoints = [\"PJSIP/101\"]\n"
		newer, faults := config.Parse(c.config.Path, []byte(text))
		if config.Broken(faults) {
			c.Fatal(faults)
		}
		newer.ARI, newer.AGI, newer.Console, newer.Prompts, newer.Recordings, newer.Store = c.config.ARI, c.config.AGI, c.config.Console, c.config.Prompts, c.config.Recordings, c.config.Store
		c.config = *newer
	}},
	{"a dead man is not noticed", "dead-man", "clearline-screening has no extension T", func(c *clinic) {
		c.change(c.etc("dialplan.conf"), `(?s)(\[clearline-screening\].*?)exten => T,.*?(exten => h)`, "${1}${2}", "dialplan reload")
	}},
	{"a telephone dials past Clearline", "telephone-context", "PJSIP/101 dials in context clearline-onward", func(c *clinic) {
		c.telephone("context=clearline-outbound", "context=clearline-onward")
	}},
	{"a trunk rings past Clearline", "trunk-context", "goes to context clearline-onward, past Clearline", func(c *clinic) {
		c.change(c.etc("pjsip.conf"), "context=clearline-inbound", "context=clearline-onward", "module reload res_pjsip.so")
	}},
	{"a trunk leads nowhere", "trunk-context", "no trunk leads a call for +441632960101", func(c *clinic) {
		c.change(c.etc("pjsip.conf"), "context=clearline-inbound", "context=nowhere", "module reload res_pjsip.so")
	}},
	{"999 is not dialled on", "onward", "does not dial", func(c *clinic) {
		c.change(c.etc("extensions.conf"), `exten => _\[\+0-9\*#\]!`, "exten => _0X!", "dialplan reload")
	}},
	{"a line is not rung", "deliver", "has no extension flat-1", func(c *clinic) {
		c.change(c.etc("extensions.conf"), `exten => flat-1,`, "exten => flat-9,", "dialplan reload")
	}},
	{"a code means something already", "codes", "*58, the code for trust, runs Echo() in context clearline-onward", func(c *clinic) {
		c.change(c.etc("extensions.conf"), `exten => _\[\+0-9\*#\]!`, "exten => _*5[8],1,Echo()\n$0", "dialplan reload")
	}},
	{"a call can be transferred by keys", "parking", "the options T", func(c *clinic) {
		c.change(c.etc("extensions.conf"), `60,b\(`, "60,Tb(", "dialplan reload")
	}},
	{"a sound file is missing", "prompts", "screening/greeting", func(c *clinic) { c.moves(c.greeting()) }},
	{"a sentence is too long", "prompt-length", "screening/greeting in en_GB takes 31s", func(c *clinic) {
		c.moves(c.greeting())
		c.write(c.greeting(), wave(31*time.Second), 0o644)
	}},
	{"the folder of recordings is gone", "recordings", "no such file", func(c *clinic) { c.moves(c.config.Recordings.Dir) }},
	{"recordings are looked for elsewhere", "recordings", "Asterisk records in", func(c *clinic) { c.config.Recordings.Dir = c.TempDir() }},
	{"the disk of recordings is full", "recordings", "is full", func(c *clinic) { c.full(c.config.Recordings.Dir) }},
	{"nothing beeps", "beep", "no sound \"beep\" in /nowhere/sounds", func(c *clinic) {
		c.change(c.options.Console.Command, "\n$", " | sed 's,Data directory:.*,Data directory: /nowhere,'\n")
	}},
	{"redis forgets", "redis", "keeps nothing on its disk", func(c *clinic) {
		c.config.Store = config.Store{Redis: config.NewSecret(redisserver.For(c, redisserver.Options{}).URL())}
	}},
	{"clocks disagree", "clock", "Asterisk's clock is ", func(c *clinic) {
		c.options.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	}},
	{"asterisk's command line cannot be used", doctor.NotSeen, "could not look at dialplan, dead-man, telephone-context", func(c *clinic) {
		c.change(c.options.Console.Config, "astrundir => .*", "astrundir => /nowhere")
	}},
	{"clearline does not run", "running", "no Clearline answers", func(c *clinic) { c.stop() }}, // the last one
}

func TestEachIllnessIsNamedAndNothingElse(t *testing.T) {
	c := opens(t)
	c.diagnosed("")
	for _, ill := range illnesses {
		t.Run(ill.name, func(t *testing.T) {
			c := c
			c.T = t
			defer c.settle()
			ill.breaks(c)
			if found := c.diagnosed(ill.check); !strings.Contains(told(found), ill.says) {
				t.Errorf("%q is not among%s", ill.says, told(found))
			}
		})
	}
}
