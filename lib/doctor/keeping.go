package doctor

import (
	"fmt"
	"path/filepath"
	"time"
)

var keepingChecks = []check{
	{"recordings", "what callers say can be recorded", nil, recordings},
	{"beep", "callers hear when to speak", func(f *Facts) error { return f.Folders.Err }, beep},
	{"redis", "what Clearline keeps outlives a restart", nil, redis},
	{"clock", "all clocks agree", byARI, clock},
	{"running", "Clearline runs, and is well", nil, running},
}

func recordings(f *Facts) []Finding {
	const why = "the resident cannot hear what the caller said, and must decide without"
	if f.Recordings != nil {
		return one(Fail, f.Recordings.Error(), why,
			"install -d -o asterisk -g asterisk -m 2770 "+f.Config.Recordings.Dir+" (the user Asterisk runs as, a group Clearline is in), then restart Clearline; or make room on its disk")
	}
	if f.Folders.Err == nil && f.Folders.Value.Spool != "" {
		if there := f.Folders.Value.Recordings(); filepath.Clean(there) != filepath.Clean(f.Config.Recordings.Dir) {
			return one(Fail, fmt.Sprintf("Asterisk records in %s, Clearline looks in %s", there, f.Config.Recordings.Dir), why,
				fmt.Sprintf("clearline.toml: [recordings] dir = %q", there))
		}
	}
	return nil
}

// beep looks for the one sound of Asterisk's own that is played: it records nothing without.
func beep(f *Facts) []Finding {
	if f.Beep {
		return nil
	}
	return one(Fail, `Asterisk has no sound "beep" in `+f.Folders.Value.Sounds(),
		"Asterisk records nothing without it: the resident cannot hear what the caller said, and nobody can leave a message",
		"apt install asterisk-core-sounds-en-gsm; or, where Asterisk is built from source: make sounds")
}

func redis(f *Facts) []Finding {
	switch r := f.Redis; {
	case r == nil || r.Err == nil && r.Appends:
		return nil
	case r.Err != nil:
		return one(Fail, fmt.Sprintf("the store cannot be asked: %v", r.Err), "contacts and blocks are not known after a start: everybody is screened",
			"look at the Redis of store.url")
	case r.Saves:
		return one(Warn, "Redis writes to its disk at times only", "contacts, blocks and incidents of the last minutes are lost when it is started anew",
			"redis.conf: appendonly yes")
	}
	return one(Fail, "Redis keeps nothing on its disk", "contacts, blocks and incidents are lost when it is started anew: family is screened, and a blocked caller gets through to the question",
		"redis.conf: appendonly yes")
}

// skewMost is how far clocks may be apart. Asterisk tells whole seconds.
const skewMost = 3 * time.Second

func clock(f *Facts) []Finding {
	const (
		why = "nights, call-back times and expiries are not what they should be, and records of an incident contradict each other"
		do  = "let one service keep the time of all machines: apt install chrony"
	)
	var found []Finding
	if skew := f.skew(); skew.Abs() > skewMost {
		found = append(found, Finding{State: Warn, What: fmt.Sprintf("Asterisk's clock is %v from this machine's", skew.Round(time.Second)), Why: why, Do: do})
	}
	if f.Redis != nil && f.Redis.Err == nil && f.Redis.Skew.Abs() > skewMost {
		found = append(found, Finding{State: Warn, What: fmt.Sprintf("Redis's clock is %v from this machine's", f.Redis.Skew.Round(time.Second)), Why: why, Do: do})
	}
	return found
}

// skew is how far Asterisk's clock is ahead, at the least: it was read at some time between
// Asked and Now.
func (f *Facts) skew() time.Duration {
	switch at := f.Exchange.Value.Date; {
	case at.IsZero():
	case at.Before(f.Asked):
		return at.Sub(f.Asked)
	case at.After(f.Now):
		return at.Sub(f.Now)
	}
	return 0
}

func running(f *Facts) []Finding {
	if f.Running.Err != nil {
		return one(Warn, fmt.Sprintf("no Clearline answers at %s: %v", f.Config.Console.Listen, f.Running.Err),
			"callers are delivered UNSCREENED, and numbers for help go out without proof that the line is clear",
			"systemctl start clearline; or: clearline run --config "+f.Config.Path)
	}
	var found []Finding
	for _, p := range f.Running.Value {
		if !p.OK && !f.told(p.Name) {
			found = append(found, Finding{
				State: Fail, What: fmt.Sprintf("the running Clearline says that its part %s has failed: %s", p.Name, p.Error),
				Why: "calls may be delivered UNSCREENED", Do: "docs/operating.md, \"Is it well?\"",
			})
		}
	}
	return found
}

// told says whether a check of its own says what a part of the running Clearline suffers from.
func (f *Facts) told(part string) bool {
	switch part {
	case "ari":
		x := f.Exchange
		return x.Err != nil || x.Value.Websocket != nil || !x.Value.MayWrite
	case "store":
		return f.Redis != nil
	}
	return part == "prompts" || part == "recordings"
}
