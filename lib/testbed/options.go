package testbed

import (
	"crypto/rand"
	"fmt"
	"io"
	"regexp"
)

// Options describe an Asterisk and the phones around it. The zero value is one trunk
// named main, one line flat-1 with endpoint 101, and a dialplan without screening.
type Options struct {
	// Install is the Asterisk to run; nil asks [FindAsterisk].
	Install *Install
	// Progress gets lines while an Asterisk is being built; may be nil.
	Progress io.Writer

	// Dialplan is the text included after the operator's contexts clearline-deliver and
	// clearline-onward. Empty means: inbound calls ring the line that has the number,
	// outbound calls go out.
	Dialplan string
	// Trunks are the ways to the public network, most preferred first.
	Trunks []string
	// Lines are the protected telephones.
	Lines []Line
	// TrunkContext and ResidentContext are where calls enter the dialplan; empty means
	// clearline-inbound and clearline-outbound.
	TrunkContext, ResidentContext string
	// Password is that of the ARI user clearline; empty means a random one.
	Password string
	// ChannelVars are the channel variables that ARI's channels and events carry; empty
	// means CLEARLINE_LINE, CLEARLINE_ROLE and CHANNEL(linkedid).
	ChannelVars []string
	// Sounds is the folder that `sound:clearline/...` names; empty means none.
	Sounds string
	// Prompts is the folder whose .wav files the phones recognise, each by its path
	// below the folder without the ending; empty means Sounds.
	Prompts string
	// Transfers lets every endpoint transfer its calls, which Clearline's operators do not.
	Transfers bool
	// Softphones adds endpoints for real SIP phones.
	Softphones []Softphone
	// Listen is the address and port of a transport of the softphones' own, such as
	// "0.0.0.0:5060"; empty means the one of the testbed's phones.
	Listen string
	// Modules are loaded besides the usual ones, in this order: names of modules that the
	// install has, and paths of .so files that it has not.
	Modules []string
	// Mailboxes gives the telephones of each line the mailbox that is named after the line.
	Mailboxes bool
	// Files are further configuration files, name to text, such as "manager.conf"; they
	// replace the testbed's own of the same name.
	Files map[string]string
}

// Line is a protected telephone as Asterisk knows it.
type Line struct {
	ID        string   // extension in clearline-deliver
	Numbers   []string // DIDs in +44 form; only the default dialplan uses them
	Endpoints []string // PJSIP endpoint names; all of them ring
}

// Softphone is an endpoint that registers with a user name and a password.
type Softphone struct {
	User, Password string
	// Line is the id of the line it joins. Empty means that it is a stranger's: its calls
	// come in as those of a trunk do.
	Line string
	// Number is the caller ID of a stranger's softphone.
	Number string
}

func (o Options) withDefaults() Options {
	if len(o.Trunks) == 0 {
		o.Trunks = []string{"main"}
	}
	if len(o.Lines) == 0 {
		o.Lines = []Line{{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}}}
	}
	if o.TrunkContext == "" {
		o.TrunkContext = "clearline-inbound"
	}
	if o.ResidentContext == "" {
		o.ResidentContext = "clearline-outbound"
	}
	if len(o.ChannelVars) == 0 {
		o.ChannelVars = []string{"CLEARLINE_LINE", "CLEARLINE_ROLE", "CHANNEL(linkedid)"}
	}
	if o.Password == "" {
		o.Password = rand.Text()
	}
	if o.Prompts == "" {
		o.Prompts = o.Sounds
	}
	return o
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// check refuses names that would not survive in a configuration file.
func (o Options) check() error {
	names := append([]string{o.TrunkContext, o.ResidentContext}, o.Trunks...)
	for _, l := range o.Lines {
		names = append(append(names, l.ID), l.Endpoints...)
	}
	for _, s := range o.Softphones {
		names = append(names, s.User)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if !plainName.MatchString(name) {
			return fmt.Errorf("check options: name %q: want letters, digits, - and _ only", name)
		}
	}
	for _, name := range o.endpoints() {
		if seen[name] {
			return fmt.Errorf("check options: endpoint %s: named twice", name)
		}
		seen[name] = true
	}
	return nil
}

// endpoints returns all PJSIP endpoint names with static addresses.
func (o Options) endpoints() []string {
	names := append([]string{}, o.Trunks...)
	for _, l := range o.Lines {
		names = append(names, l.Endpoints...)
	}
	return names
}
