package doctor

import (
	"errors"
	"time"

	"clearline/lib/config"
	"clearline/lib/pbx"
	"clearline/lib/prompt"
)

// Facts are what was found out about an installation.
type Facts struct {
	Config     *config.Config
	Asked, Now time.Time // before and after the exchange was asked, by this machine's clock

	Exchange  Seen[Exchange]    // what Asterisk says over ARI
	Folders   Seen[pbx.Folders] // on the command line
	Listening Seen[[]string]    // addresses of its HTTP server, on the command line
	Plan      Seen[pbx.Plan]    // the dialplan in use, on the command line
	HTTPConf  Seen[pbx.Conf]    // http.conf
	ARIConf   Seen[pbx.Conf]    // ari.conf

	Printed    pbx.Plan     // what "clearline dialplan" prints now
	Sounds     []Sound      // of every prompt, in the languages of the lines
	Recordings error        // why nothing can be recorded
	Beep       bool         // Asterisk has its sound "beep"
	Redis      *Redis       // nil with a store in a file
	Running    Seen[[]Part] // of the running Clearline
	Speech     *Speech      // nil when what callers say is not turned into text
}

// Seen is something that was looked at, or why it could not be.
type Seen[T any] struct {
	Value T
	Err   error
}

// ErrStranger is wrapped by Facts.Exchange.Err when Asterisk does not know the ARI user, or
// its password is another one.
var ErrStranger = errors.New("the user or the password is wrong")

// Exchange is what Asterisk says about itself.
type Exchange struct {
	Version   string
	Date      time.Time // its clock, in whole seconds; zero when it does not tell
	MayWrite  bool      // the ARI user may do more than look
	Websocket error     // why events cannot be asked for
	Modules   map[string]bool
	Endpoints []Endpoint
}

// Endpoint is a telephone or a trunk, with its settings as Asterisk tells them.
type Endpoint struct {
	Name     string // "PJSIP/101"
	Online   bool
	Settings map[string]string
}

// Sound is the sound file of a prompt.
type Sound struct {
	Language string
	Name     prompt.Name
	Missing  bool
	Length   time.Duration // 0 when it cannot be told
}

// Redis is what a Redis keeps when it is started anew, or why it could not be asked.
type Redis struct {
	Appends, Saves bool
	Skew           time.Duration // how far its clock is ahead
	Err            error
}

// Part is one thing a running Clearline needs, and how it says that is.
type Part struct {
	Name  string
	OK    bool
	Error string
}

// Speech is the server that turns what callers say into text, or why it does not.
type Speech struct {
	Server string        // what it calls itself; empty when it does not
	Took   time.Duration // for a second of silence
	Err    error
}

// endpoint is the endpoint of a name, or nil.
func (f *Facts) endpoint(name string) *Endpoint {
	for i := range f.Exchange.Value.Endpoints {
		if f.Exchange.Value.Endpoints[i].Name == name {
			return &f.Exchange.Value.Endpoints[i]
		}
	}
	return nil
}

// telephones are the endpoints of lines that Asterisk knows.
func (f *Facts) telephones() []Endpoint {
	var all []Endpoint
	for _, l := range f.Config.Lines {
		for _, name := range l.Endpoints {
			if e := f.endpoint(name); e != nil {
				all = append(all, *e)
			}
		}
	}
	return all
}

// trunks are the endpoints that calls from outside come by: those the configuration calls
// so, and those that need not prove who they are and belong to no line.
func (f *Facts) trunks() []Endpoint {
	ours := map[string]bool{}
	for _, l := range f.Config.Lines {
		for _, name := range l.Endpoints {
			ours[name] = true
		}
	}
	named := map[string]bool{}
	for _, t := range f.Config.Trunks {
		named[t.Endpoint] = true
	}
	var all []Endpoint
	for _, e := range f.Exchange.Value.Endpoints {
		if named[e.Name] || !ours[e.Name] && e.Settings["auth"] == "" && len(e.Settings) > 0 {
			all = append(all, e)
		}
	}
	return all
}

func byARI(f *Facts) error     { return f.Exchange.Err }
func byConsole(f *Facts) error { return f.Plan.Err }

// byBoth needs what ARI tells and what the command line does.
func byBoth(f *Facts) error {
	if f.Exchange.Err != nil {
		return f.Exchange.Err
	}
	return f.Plan.Err
}
