package doctor

import (
	"strings"
)

var telephoneChecks = []check{
	{"endpoints", "Asterisk knows every telephone of a line, and reaches it", byARI, endpoints},
	{"dtmf-mode", "telephones send keys beside the speech", byARI, dtmfMode},
	{"direct-media", "speech of telephones and trunks goes through Asterisk", byARI, directMedia},
	{"transfer", "a telephone of a line cannot transfer a call", byARI, transfer},
	{"pickup", "nobody else can pick up a call of a line", byARI, pickup},
}

func endpoints(f *Facts) []Finding {
	var found []Finding
	for _, l := range f.Config.Lines {
		for _, name := range l.Endpoints {
			if !strings.HasPrefix(name, "PJSIP/") {
				continue
			}
			switch e := f.endpoint(name); {
			case e == nil:
				found = append(found, Finding{
					State: Fail, What: name + " of line " + string(l.ID) + " is no endpoint of Asterisk's",
					Why: "it does not ring when Clearline asks the resident, and a call that it dials is nobody's",
					Do:  "pjsip.conf: an endpoint [" + bare(name) + "]; or clearline.toml: another name in endpoints of " + string(l.ID),
				})
			case !e.Online:
				found = append(found, Finding{
					State: Warn, What: name + " of line " + string(l.ID) + " is not registered",
					Why: "it does not ring",
					Do:  "look at the telephone; then: asterisk -rx 'pjsip show endpoint " + bare(name) + "'",
				})
			}
		}
	}
	return found
}

// setting makes a finding for each endpoint that says something other than it should.
func setting(all []Endpoint, state State, name string, good func(string) bool, should, why string) []Finding {
	var found []Finding
	for _, e := range all {
		if value, known := e.Settings[name]; known && !good(value) {
			found = append(found, Finding{
				State: state, What: e.Name + " has " + name + "=" + spelling(value), Why: why,
				Do: "pjsip.conf: [" + bare(e.Name) + "] " + name + " = " + should + "; then: asterisk -rx 'pjsip reload'",
			})
		}
	}
	return found
}

func dtmfMode(f *Facts) []Finding {
	return setting(f.telephones(), Fail, "dtmf_mode", func(v string) bool { return v == "rfc4733" || v == "info" }, "rfc4733",
		"keys that travel in the speech reach the caller in a guarded call before they can be kept back")
}

func directMedia(f *Facts) []Finding {
	return setting(append(f.telephones(), f.trunks()...), Fail, "direct_media", isNo, "no",
		"a telephone and a trunk may send speech and keys past Asterisk: what is dialled in a call is not heard, and keys cannot be kept back")
}

func transfer(f *Facts) []Finding {
	return setting(f.telephones(), Warn, "allow_transfer", isNo, "no",
		"a resident can be talked into transferring the caller, who then stays on the exchange")
}

func pickup(f *Facts) []Finding {
	var found []Finding
	for _, name := range []string{"call_group", "named_call_group", "pickup_group", "named_pickup_group"} {
		found = append(found, setting(f.telephones(), Warn, name, func(v string) bool { return v == "" }, "",
			"a call can change hands past Clearline, and nobody who is asked for consent is the one who talks")...)
	}
	return found
}

func isNo(value string) bool { return value == "no" || value == "false" }

// spelling is a value as it is written in pjsip.conf.
func spelling(value string) string {
	switch value {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return value
}

// bare is an endpoint's name without its technology.
func bare(name string) string { return strings.TrimPrefix(name, "PJSIP/") }
