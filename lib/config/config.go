// Package config reads clearline.toml. It is strict: whatever it does not know, or
// cannot act on as written, it reports with the line, what is wrong, and what
// would be right, and it reports everything at once.
package config

import (
	"cmp"
	"log/slog"
	"path/filepath"
	"time"

	"clearline/lib/call"
	"clearline/lib/policy"
	"clearline/lib/prompt"
)

// Config is a whole configuration. One that Load returned without an Error among
// its faults holds only values that were checked.
type Config struct {
	Path     string         // of the file it was read from
	Region   string         // ISO 3166, for numbers written nationally: "GB"
	Language string         // of lines that do not name their own: "en_GB"
	Timezone *time.Location // of the house: times of the day in the policy mean this

	ARI          ARI
	AGI          AGI
	Store        Store
	Node         Node
	Console      Console
	Dialplan     Dialplan
	Prompts      Prompts
	Recordings   Recordings
	Transcribe   Transcribe
	Messages     Messages
	Codes        Codes
	Screening    Screening
	Guard        Guard
	Verification Verification
	Policy       policy.Rules // of lines that do not say otherwise
	Log          Log
	Lines        []Line
	Trunks       []Trunk
	Notify       []Notify
	MQTT         MQTT

	places map[string]int // line of each key, for Fault
	plans  *plans         // made when the file was read; nil for a Config made by hand
}

// ARI says how the exchange is reached.
type ARI struct {
	URL         string // http or https, without credentials and trailing slash
	Application string // [A-Za-z0-9_-]
	Username    string
	Password    Secret // from password or password_file
}

// AGI is the server that the dialplan asks about a caller before anything is answered.
type AGI struct{ Listen string } // address and port; the dialplan asks there

// Store says where state is kept: exactly one of Path and Redis is set.
type Store struct {
	Path          string // of the database file, absolute
	Redis         Secret // URL, of a shape that was checked; it may hold a password
	Snapshots     string // folder of the snapshots of the file, absolute; empty for the usual one
	KeepSnapshots int    // of so many days
}

// InFile says whether state is kept in the file at Path; otherwise it is kept in Redis.
func (s Store) InFile() bool { return s.Path != "" }

// SnapshotFolder is where the snapshots of the file are.
func (s Store) SnapshotFolder() string {
	return cmp.Or(s.Snapshots, filepath.Join(filepath.Dir(s.Path), "snapshots"))
}

// Node says who this Clearline is among several that look after the same lines.
type Node struct{ Name string } // empty for one alone

// Dialplan names the operator's own contexts, [A-Za-z0-9_-], and says how people dial.
type Dialplan struct {
	Deliver string   // rings a line; the extension is the line's id
	Onward  string   // dials out; the extension is the number as dialled
	Outside []string // what may be dialled first, for an outside line: 1 to 3 digits each
}

// Prompts says where the sound files are, and what they are made with.
type Prompts struct {
	Dir     string         // absolute; of characters that are safe in a dialplan
	Spare   string         // folder of the sound files that Dir lacks, absolute; it need not be there
	Own     string         // folder of the operator's own recordings, absolute; empty for none
	Command prompt.Command // reads the texts aloud; empty for espeak-ng
}

// PackagedSounds is where the package puts the sound files of every language, made anew with
// every version.
const PackagedSounds = "/usr/share/clearline/sounds"

// Folder finds the sound files. language is the one to fall back to.
func (p Prompts) Folder(language string) *prompt.Folder {
	return &prompt.Folder{Dir: p.Dir, Spare: p.Spare, Default: language}
}

// Voice is what reads the texts aloud.
func (p Prompts) Voice() prompt.Voice {
	if len(p.Command) == 0 {
		return prompt.Espeak{}
	}
	return p.Command
}

// Recordings says where the exchange keeps recordings, and how long what callers have
// stated is kept.
type Recordings struct {
	Dir          string        // absolute
	KeepAccepted time.Duration // of callers who were put through, from the end of the call
	KeepRefused  time.Duration // of others
}

// NoAnswer says what happens to a caller who is not put through because nobody answers, the
// line is in use, or the human check was failed.
type NoAnswer string

// What can happen to a caller nobody answered.
const (
	NoAnswerMessage NoAnswer = "message"
	NoAnswerRefuse  NoAnswer = "refuse"
)

// Screening says how unknown callers are screened. Durations are whole seconds.
type Screening struct {
	HumanCheck  bool
	PurposeMax  time.Duration // of the stated purpose
	ConsultRing time.Duration // how long the line rings
	ChoiceWait  time.Duration // how long a resident may think after the last prompt
	Approver    call.Approver // whose yes puts a caller through
	AcceptKey   rune          // the three keys differ and are none of 1, 9, 0
	BlockKey    rune
	RepeatKey   rune
	NoAnswer    NoAnswer
	MaxPerLine  int // callers screened at once on one line
	MaxCalls    int // callers screened at once in all

	// MaxPerNumber and MaxPerTrunk are how many calls of people nobody knows may come from
	// one number, and by one trunk, within a minute; 0 for any number of them.
	MaxPerNumber, MaxPerTrunk int
}

// Guard says how a call with an unknown caller is guarded. Only Deadman is acted
// on by this version.
type Guard struct {
	HangupKeys  string
	PINDigits   int
	AdviceAfter time.Duration
	AdviceEvery time.Duration
	Deadman     time.Duration // after which the exchange takes a leg back; whole seconds
}

// Verification says which calls people make to check a story or to get help, besides
// the services of the region, and what follows from one.
type Verification struct {
	Window            time.Duration // how long an attempt, and an unknown caller before it, are remembered
	CallbackEmergency time.Duration // how long callers are not challenged after an emergency call; 0 for never
	CallbackOther     time.Duration // the same after other verification calls
	Numbers           []string      // E.164, or the digits of a short code
}

// Log says how the log is written.
type Log struct {
	Format string // "text" or "json"
	Level  slog.Level
}

// Line is a protected telephone and who looks after it.
type Line struct {
	call.Line
	Verification []string // its own verification numbers: E.164, or the digits of a short code
	Policy       policy.Rules
	BypassCode   Secret   // 3 to 6 digits; empty for none
	Wardens      []string // users who look after the line, besides those who say so themselves
	Hearing
}

// TrunkKind says what a trunk is made of.
type TrunkKind string

// The kinds.
const (
	TrunkSIP TrunkKind = "sip"
	TrunkFXO TrunkKind = "fxo" // a port to an analogue line
)

// Trunk is a way in and out of the exchange.
type Trunk struct {
	Endpoint string // as the exchange names it: "PJSIP/trunk"
	Kind     TrunkKind
	Hold     time.Duration // how long the network may keep up a call that was hung up here; 0 for none
}

// CallLines returns the lines as the rest of Clearline knows them. Numbers are E.164.
func (c *Config) CallLines() []call.Line {
	lines := make([]call.Line, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = l.Line
	}
	return lines
}

// Languages lists the default language and those of the lines, without repeats.
func (c *Config) Languages() []string {
	languages := []string{c.Language}
	seen := map[string]bool{c.Language: true}
	for _, l := range c.Lines {
		if !seen[l.Language] {
			seen[l.Language] = true
			languages = append(languages, l.Language)
		}
	}
	return languages
}

// Default is the configuration of an empty file. It has no lines and no password,
// so it cannot be run as it is.
func Default() Config {
	return Config{
		Region:   "GB",
		Language: "en_GB",
		Timezone: time.Local,
		ARI:      ARI{URL: "http://127.0.0.1:8088/ari", Application: "clearline", Username: "clearline"},
		AGI:      AGI{Listen: "127.0.0.1:4573"},
		Store:    Store{Path: "/var/lib/clearline/clearline.db", KeepSnapshots: 7},
		Console:  Console{Listen: "127.0.0.1:8480"},
		Dialplan: Dialplan{Deliver: "clearline-deliver", Onward: "clearline-onward", Outside: []string{"9"}},
		Prompts:  Prompts{Dir: "/var/lib/asterisk/sounds/clearline", Spare: PackagedSounds},
		Recordings: Recordings{
			Dir:          "/var/spool/asterisk/recording",
			KeepAccepted: 24 * time.Hour,
			KeepRefused:  720 * time.Hour,
		},
		Transcribe: Transcribe{Timeout: 4 * time.Second},
		Messages:   Messages{Keep: 720 * time.Hour, Most: 50, Light: true},
		Codes:      Codes{Messages: "*55", Block: "*57", Trust: "*58", Pause: "*59", Record: "*56"},
		Screening: Screening{
			HumanCheck:  true,
			PurposeMax:  12 * time.Second,
			ConsultRing: 30 * time.Second,
			ChoiceWait:  10 * time.Second,
			Approver:    call.ApproverResident,
			AcceptKey:   '5',
			BlockKey:    '7',
			RepeatKey:   '*',
			NoAnswer:    NoAnswerMessage,
			MaxPerLine:  2,
			MaxCalls:    100,

			MaxPerNumber: 10,
			MaxPerTrunk:  60,
		},
		Guard: Guard{
			HangupKeys:  "**",
			PINDigits:   4,
			AdviceAfter: 3 * time.Minute,
			AdviceEvery: 10 * time.Minute,
			Deadman:     10 * time.Second,
		},
		Verification: Verification{
			Window:            10 * time.Minute,
			CallbackEmergency: time.Hour,
			CallbackOther:     24 * time.Hour,
		},
		MQTT:   MQTT{Prefix: "clearline", Discovery: "homeassistant"},
		Policy: policy.DefaultRules(),
		Log:    Log{Format: "text", Level: slog.LevelInfo},
	}
}
