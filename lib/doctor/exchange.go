package doctor

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"clearline/lib/pbx"
)

var exchangeChecks = []check{
	{"ari", "ARI answers, and knows the user", nil, ari},
	{"version", "Asterisk is at or above the oldest supported release", byARI, version},
	{"ari-user", "the ARI user may do more than look", byARI, ariUser},
	{"websocket", "ARI gives events", byARI, websocket},
	{"ari-open", "ARI listens on this machine alone", func(f *Facts) error { return f.HTTPConf.Err }, ariOpen},
	{"sessionlimit", "Asterisk's HTTP server takes enough connections", func(f *Facts) error { return f.HTTPConf.Err }, sessionLimit},
	{"channelvars", "Asterisk shows whose a leg is", func(f *Facts) error { return f.ARIConf.Err }, channelVars},
	{"modules", "Asterisk runs all modules that are needed", byARI, modules},
	{"native-bridging", "a guarded call goes through Asterisk's own bridge", byARI, nativeBridging},
}

func ari(f *Facts) []Finding {
	if f.Exchange.Err == nil {
		return nil
	}
	c := f.Config.ARI
	do := fmt.Sprintf("http.conf: enabled = yes; ari.conf: enabled = yes; clearline.toml: [ari] url = %q", c.URL)
	if errors.Is(f.Exchange.Err, ErrStranger) {
		do = fmt.Sprintf("ari.conf: [%s] type = user, password = the one of clearline.toml; then: asterisk -rx 'module reload res_ari.so'", c.Username)
	}
	return one(Fail, fmt.Sprintf("ARI at %s does not serve %s: %v; telephones, trunks and modules could not be looked at", c.URL, c.Username, f.Exchange.Err),
		"every caller is delivered UNSCREENED, and numbers for help go out without proof that the line is clear", do)
}

func version(f *Facts) []Finding {
	v := f.Exchange.Value.Version
	if err := pbx.AtFloor(v); err != nil {
		return one(Fail, err.Error(), "in older releases somebody who learns the ARI password can run programs on this machine",
			"install Asterisk "+pbx.FloorText+", or later")
	}
	return nil
}

func ariUser(f *Facts) []Finding {
	if f.Exchange.Value.MayWrite {
		return nil
	}
	return one(Fail, "the ARI user "+f.Config.ARI.Username+" may only look", "Clearline can neither answer a caller nor clear a line",
		"ari.conf: ["+f.Config.ARI.Username+"] read_only = no; then: asterisk -rx 'module reload res_ari.so'")
}

func websocket(f *Facts) []Finding {
	err := f.Exchange.Value.Websocket
	if err == nil {
		return nil
	}
	return one(Fail, fmt.Sprintf("Asterisk refuses the connection for events: %v", err), "Clearline hears of no call: all are delivered UNSCREENED",
		"asterisk -rx 'module load res_ari_events.so'; http.conf: a larger sessionlimit, if all are taken")
}

// ariOpen looks at where Asterisk listens now, and at where it will after its next start.
func ariOpen(f *Facts) []Finding {
	where := slices.Clone(f.Listening.Value)
	for _, key := range []string{"bindaddr", "tlsbindaddr"} {
		if key == "tlsbindaddr" && !yes(f.HTTPConf.Value, "general", "tlsenable") {
			continue
		}
		if value, ok := f.HTTPConf.Value.Value("general", key); ok {
			where = append(where, value)
		}
	}
	for _, address := range where {
		host := strings.TrimSuffix(address, ":")
		if at, err := netip.ParseAddrPort(address); err == nil {
			host = at.Addr().String()
		} else if at, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
			host = at.String()
		}
		if at, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !at.IsLoopback()) {
			return one(Warn, "Asterisk's HTTP server, and ARI with it, listens at "+address,
				"whoever reaches it and learns the password can listen to every call, and end it",
				"http.conf: [general] bindaddr = 127.0.0.1; then: asterisk -rx 'module reload http'")
		}
	}
	return nil
}

// Asterisk's own limit, and the connections that stay open beside those of calls.
const (
	usualSessions = 100
	idleSessions  = 20
)

func sessionLimit(f *Facts) []Finding {
	limit := usualSessions
	if text, ok := f.HTTPConf.Value.Value("general", "sessionlimit"); ok {
		if n, err := strconv.Atoi(text); err == nil {
			limit = n
		}
	}
	s := f.Config.Screening
	calls := min(s.MaxCalls, s.MaxPerLine*len(f.Config.Lines))
	if need := calls + idleSessions; limit < need {
		return one(Warn, fmt.Sprintf("Asterisk's HTTP server takes %d connections; %d callers may be screened at once", limit, calls),
			"when many ring at once, orders to Asterisk fail, and callers are delivered UNSCREENED",
			fmt.Sprintf("http.conf: [general] sessionlimit = %d; then: asterisk -rx 'module reload http'", need))
	}
	return nil
}

// marks are what Asterisk must show of each leg.
var marks = []string{"CLEARLINE_LINE", "CLEARLINE_ROLE", "CHANNEL(linkedid)"}

func channelVars(f *Facts) []Finding {
	text, _ := f.ARIConf.Value.Value("general", "channelvars")
	shown := strings.Split(strings.ReplaceAll(text, " ", ""), ",")
	var absent []string
	for _, m := range marks {
		if !slices.Contains(shown, m) {
			absent = append(absent, m)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	shown = append(slices.DeleteFunc(shown, func(s string) bool { return s == "" }), absent...)
	return one(Fail, "ari.conf does not show "+strings.Join(absent, ", "),
		"a caller who was transferred, parked or delivered unscreened is not found when the resident dials 999, and an emergency call may be taken for one",
		"ari.conf: [general] channelvars = "+strings.Join(shown, ",")+"; then: asterisk -rx 'module reload res_ari.so'")
}

// needed are the modules without which some part of a call fails.
var needed = []string{
	"res_agi", "app_stasis", "app_playback", "app_softhangup", "app_exec", "app_read", "app_stack", "res_stasis_answer",
	"res_stasis_playback", "res_stasis_recording", "res_stasis_snoop", "res_ari_applications", "res_ari_bridges", "res_ari_channels",
	"res_ari_endpoints", "res_ari_events", "res_ari_recordings", "func_callerid", "func_channel", "func_cut", "func_global",
	"func_logic", "func_pjsip_endpoint", "func_strings", "func_timeout", "func_talkdetect",
}

func modules(f *Facts) []Finding {
	var absent []string
	for _, m := range needed {
		if !f.Exchange.Value.Modules[m] {
			absent = append(absent, m)
		}
	}
	if len(absent) == 0 || f.Exchange.Value.Websocket != nil && slices.Equal(absent, []string{"res_ari_events"}) {
		return nil // the second is a finding of its own
	}
	return one(Fail, "Asterisk does not run "+strings.Join(absent, ", "), "calls fail at the step that needs them",
		"modules.conf: load = "+absent[0]+".so; then: asterisk -rx 'module load "+absent[0]+".so'")
}

func nativeBridging(f *Facts) []Finding {
	m := f.Exchange.Value.Modules
	if m["bridge_simple"] || m["bridge_softmix"] && !m["bridge_native_rtp"] {
		return nil
	}
	return one(Fail, "Asterisk does not run bridge_simple, and may join two telephones past itself",
		"in a guarded call the keys of the resident would reach the caller: Clearline takes such a bridge apart, and the call fails",
		"modules.conf: load = bridge_simple.so; then: asterisk -rx 'module load bridge_simple.so'")
}

// yes says whether a variable is one of the words that Asterisk takes for true.
func yes(c pbx.Conf, section, variable string) bool {
	value, _ := c.Value(section, variable)
	switch strings.ToLower(value) {
	case "yes", "true", "y", "t", "1", "on":
		return true
	}
	return false
}
