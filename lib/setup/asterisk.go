package setup

import (
	"fmt"
	"slices"
	"strings"

	"clearline/lib/config"
)

// made heads the files that are wholly Clearline's.
const made = "; Made by \"clearline setup\"; \"clearline setup --undo\" takes it back.\n"

// The marks around what is added to a file that is others'.
const (
	begins = "; BEGIN clearline setup\n"
	ends   = "; END clearline setup\n"
)

// include is what is added to a file that is others'.
func include(names ...string) string {
	text := begins
	for _, name := range names {
		text += "#include " + name + "\n"
	}
	return text + ends
}

// marks are what Asterisk must show of each leg.
var marks = []string{"CLEARLINE_LINE", "CLEARLINE_ROLE", "CHANNEL(linkedid)"}

// ariUser adds to [general] of ari.conf, which every Asterisk has, and makes the user.
func ariUser(f Found, w Wishes) string {
	shown, _ := f.ARIConf.Value("general", "channelvars")
	vars := slices.DeleteFunc(strings.Split(strings.ReplaceAll(shown, " ", ""), ","), func(s string) bool { return s == "" })
	for _, m := range marks {
		if !slices.Contains(vars, m) {
			vars = append(vars, m)
		}
	}
	return made + fmt.Sprintf("%senabled = yes\nchannelvars = %s\n\n[%s]\ntype = user\nread_only = no\npassword_format = plain\npassword = %s\n",
		general(f.ARIConf.Has("general")), strings.Join(vars, ","), w.User, w.Secret)
}

// general begins what is added to a section, or makes it.
func general(there bool) string {
	if there {
		return "[general](+)\n"
	}
	return "[general]\n"
}

// httpServer switches Asterisk's HTTP server on, for this machine alone, and is empty when it
// is on already.
func httpServer(f Found, _ Wishes) string {
	if len(f.Listening) > 0 {
		return ""
	}
	host, port, _ := strings.Cut(usual, ":")
	return made + fmt.Sprintf("%senabled = yes\nbindaddr = %s\nbindport = %s\n", general(f.HTTPConf.Has("general")), host, port)
}

// endpoints adds to telephones and trunks what keeps a resident safe. Of several values
// Asterisk takes the last.
func endpoints(w Wishes) string {
	var b strings.Builder
	b.WriteString(made)
	for _, l := range w.Lines {
		for _, e := range l.Endpoints {
			fmt.Fprintf(&b, "\n; line %s\n[%s](+type=endpoint)\ncontext = %s\ndirect_media = no\ndtmf_mode = rfc4733\nallow_transfer = no\n", l.ID, bare(e), config.ContextOutbound)
		}
	}
	for _, t := range w.Trunks {
		fmt.Fprintf(&b, "\n; a trunk\n[%s](+type=endpoint)\ncontext = %s\ndirect_media = no\n", bare(t), config.ContextInbound)
	}
	return b.String()
}

func bare(endpoint string) string {
	_, name, _ := strings.Cut(endpoint, "/")
	return name
}

// local are the operator's own contexts, those of them that are not there yet. They are a
// beginning: nothing of Clearline's changes them again.
func local(f Found, w Wishes, c *config.Config) string {
	var b strings.Builder
	if f.Plan[c.Dialplan.Deliver] == nil {
		fmt.Fprintf(&b, "\n; rings a line; the extension is its id\n[%s]\n", c.Dialplan.Deliver)
		for _, l := range w.Lines {
			fmt.Fprintf(&b, "exten => %s,1,Dial(%s,45)\n same => n,Hangup()\n", l.ID, strings.Join(l.Endpoints, "&"))
		}
	}
	if f.Plan[c.Dialplan.Onward] == nil {
		fmt.Fprintf(&b, "\n; dials out; the extension is the number as dialled\n[%s]\n", c.Dialplan.Onward)
		b.WriteString(way(w.Trunks))
	}
	if b.Len() == 0 {
		return ""
	}
	return made + "; It is yours to change.\n" + b.String()
}

// way tries the trunks one after the other, that of a suspect last.
func way(trunks []string) string {
	var b strings.Builder
	b.WriteString("exten => _[+*#0-9]!,1,NoOp()\n")
	for _, late := range []bool{false, true} {
		for _, t := range trunks {
			sign := "!="
			if late {
				sign = "="
			}
			fmt.Fprintf(&b, " same => n,ExecIf($[\"${CLEARLINE_AVOID}\" %s \"%s\"]?Dial(PJSIP/${EXTEN}@%s,60))\n", sign, bare(t), bare(t))
		}
	}
	b.WriteString(" same => n,Hangup()\n")
	return b.String()
}
