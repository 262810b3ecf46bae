package asterisk

import (
	"strings"

	"clearline/lib/call"
)

// up is a channel with signs such as line=flat-1, role=emergency, link=1, app=Stasis. It
// shows all the marks.
func up(id, name string, signs ...string) channel {
	ch := channel{ID: id, Name: name, Vars: map[string]string{lineMark: "", roleMark: "", linkMark: ""}}
	ch.Dialplan.AppName = "Dial"
	if strings.HasPrefix(name, "Snoop/") {
		ch.Dialplan.AppName = stasis
	}
	for _, sign := range signs {
		kind, value, _ := strings.Cut(sign, "=")
		switch kind {
		case "line":
			ch.Vars[lineMark] = value
		case "role":
			ch.Vars[roleMark] = value
		case "link":
			ch.Vars[linkMark] = value
		case "app":
			ch.Dialplan.AppName = value
		default:
			panic(sign)
		}
	}
	return ch
}

// talk is a bridge of legs named in one string.
func talk(members string) bridge { return bridge{Type: "mixing", Members: strings.Fields(members)} }

// dialling is the leg that dials: flat-1's telephone, held by Clearline.
func dialling(signs ...string) channel {
	return up("own", "PJSIP/101-00000009", append([]string{"line=flat-1", "link=own", "app=Stasis"}, signs...)...)
}

type searched struct {
	name     string
	own      channel // dialling() unless set
	way      call.Way
	known    []call.LegID
	channels []channel
	bridges  []bridge
	want     string
}

var bySigns = []searched{
	{name: "nobody else is up"},
	{
		name:     "an endpoint's other leg",
		channels: []channel{up("a", "PJSIP/101-00000001", "link=a"), up("b", "PJSIP/102-2-00000003", "link=b")},
		want:     "a b",
	},
	{
		name: "endpoints whose names begin alike",
		channels: []channel{
			up("a", "PJSIP/101-2-00000001"), up("b", "PJSIP/1011-00000002"), up("c", "SIP/101-00000003"),
			up("d", "PJSIP/102-00000004"), up("e", "PJSIP/101"), up("f", "PJSIP/1"), up("g", ""),
		},
		want: "e", // no such channel exists; it is the line's by name
	},
	{
		name:     "a leg that bears the line's mark",
		channels: []channel{up("a", "PJSIP/trunk-00000001", "line=flat-1"), up("b", "PJSIP/trunk-00000002", "line=flat-11")},
		want:     "a",
	},
	{
		name:     "a leg that Clearline knows",
		known:    []call.LegID{"a", "own", "gone"},
		channels: []channel{up("a", "PJSIP/trunk-00000001"), up("b", "PJSIP/trunk-00000002")},
		want:     "a",
	},
	{
		name:     "who shares its linked id, in a call",
		way:      call.WayGuarded,
		channels: []channel{up("a", "PJSIP/trunk-00000001", "link=own"), up("b", "PJSIP/trunk-00000002", "link=b")},
		want:     "a",
	},
	{
		name:     "who shares its linked id, asked about a caller",
		way:      call.WayConsult,
		channels: []channel{up("a", "Local/x@y-00000001;1", "link=own")},
		want:     "a",
	},
	{
		name:     "who shares the linked id of a leg that is found",
		channels: []channel{up("a", "PJSIP/101-00000001", "link=1"), up("b", "PJSIP/trunk-00000002", "link=1")},
		want:     "a b",
	},
	{
		name:     "who talks to a leg that is found",
		channels: []channel{up("a", "PJSIP/101-00000001", "link=a"), up("b", "PJSIP/trunk-00000002", "link=b")},
		bridges:  []bridge{talk("x y"), talk("b a")},
		want:     "a b",
	},
	{
		name:     "who talks to the leg that dials",
		channels: []channel{up("b", "PJSIP/trunk-00000002", "link=b")},
		bridges:  []bridge{talk("b own")},
		want:     "b",
	},
	{
		name: "who listens",
		channels: []channel{
			up("a-1", "PJSIP/101-00000001"), up("b", "Snoop/a-1-0000000f"), up("c", "Snoop/own-00000010"),
			up("d", "Snoop/a-00000011"), up("e", "Snoop/b-00000012"), up("f", "Snoop/z-00000013"),
		},
		want: "a-1 b c e",
	},
	{
		name: "who listens no more, and is listed still",
		channels: []channel{
			up("b", "Snoop/own-00000010", "app=", "link=b"), up("c", "PJSIP/trunk-00000002"), up("d", "PJSIP/trunk-00000003", "link=b"),
		},
		bridges: []bridge{talk("c b")},
	},
	{
		name:     "who hears what a listener hears",
		channels: []channel{up("b", "Snoop/own-00000010"), up("c", "PJSIP/trunk-00000002")},
		bridges:  []bridge{talk("c b")},
		want:     "b c",
	},
}

var overHops = []searched{
	{
		name: "a blind transfer: the caller talks to the target through a Local channel",
		channels: []channel{
			up("caller", "PJSIP/trunk-00000001", "line=flat-1"), up("l1", "Local/0300@onward-00000001;1"),
			up("l2", "Local/0300@onward-00000001;2"), up("target", "PJSIP/trunk-00000004"),
			up("m1", "Local/0300@onward-00000002;1"), up("m2", "Local/0300@onward-00000002;2"),
		},
		bridges: []bridge{talk("caller l1"), talk("l2 target"), talk("m1 m2")},
		want:    "caller l1 l2 target",
	},
	{
		name: "an attended transfer: the caller talks to the target",
		way:  call.WayGuarded,
		channels: []channel{
			up("caller", "PJSIP/trunk-00000001", "link=own"), up("target", "PJSIP/trunk-00000004", "link=7"),
			up("forked", "PJSIP/trunk-00000005", "link=7"),
		},
		bridges: []bridge{talk("caller target")},
		want:    "caller forked target",
	},
	{
		name: "a call on hold, and its caller",
		channels: []channel{
			up("held", "PJSIP/101-00000001", "link=1"), up("caller", "PJSIP/trunk-00000002", "link=1", "line=flat-1"),
		},
		bridges: []bridge{talk("held caller")},
		want:    "caller held",
	},
	{
		name:     "without any marks: by name, bridge and what is known",
		own:      channel{ID: "own", Name: "PJSIP/101-00000009"},
		known:    []call.LegID{"known"},
		channels: []channel{{ID: "a", Name: "PJSIP/102-2-00000001"}, {ID: "b", Name: "x"}, {ID: "known"}, {ID: "c"}, {ID: "d"}},
		bridges:  []bridge{talk("a b"), talk("d c")},
		want:     "a b known",
	},
	{
		name:     "no linked id is no common one",
		own:      dialling("link="),
		way:      call.WayGuarded,
		channels: []channel{up("a", "PJSIP/101-00000001"), up("b", "PJSIP/trunk-00000002"), up("c", "PJSIP/trunk-00000003")},
		want:     "a",
	},
}

var innocent = []searched{
	{
		name: "another line's calls",
		channels: []channel{
			up("a", "PJSIP/102-00000001", "line=flat-2", "link=1"), up("b", "PJSIP/trunk-00000002", "line=flat-2", "link=1"),
			up("c", "PJSIP/103-00000003", "link=3"), up("d", "PJSIP/trunk-00000004", "link=3"),
		},
		bridges: []bridge{talk("a b"), talk("c d")},
	},
	{
		name:     "a fresh leg's own group",
		channels: []channel{up("a", "Local/x@y-00000001;1", "link=own")},
	},
	{
		name: "not even when a leg of the line shares it",
		channels: []channel{
			up("a", "Local/x@y-00000001;1", "link=own"), up("b", "PJSIP/trunk-00000001", "line=flat-1", "link=own"),
		},
		want: "b",
	},
	{
		name:     "the other half of a Local channel that dials",
		own:      channel{ID: "own", Name: "Local/999@x-00000001;2"},
		channels: []channel{up("half", "Local/999@x-00000001;1")},
	},
	{
		name: "another line's call that was linked to a leg that is found",
		way:  call.WayGuarded,
		channels: []channel{
			up("a", "PJSIP/trunk-00000001", "link=own"), up("b", "PJSIP/trunk-00000002", "link=own", "line=flat-2"),
			up("c", "PJSIP/102-00000003", "link=own"), up("d", "Snoop/c-00000003", "link=own"),
		},
		bridges: []bridge{talk("b c")},
		want:    "a",
	},
	{
		name: "but a caller of another line who talks to this one by now",
		channels: []channel{
			up("a", "PJSIP/101-00000001", "link=1"), up("b", "PJSIP/trunk-00000002", "link=1", "line=flat-2"),
		},
		bridges: []bridge{talk("b a")},
		want:    "a b",
	},
	{
		name: "the others of a conference",
		channels: []channel{
			up("a", "PJSIP/101-00000001", "link=a"), up("b", "PJSIP/103-00000002", "link=b"), up("c", "PJSIP/trunk-00000003", "link=c"),
		},
		bridges: []bridge{talk("a b c")},
		want:    "a",
	},
	{
		name:     "who has left a conference already",
		channels: []channel{up("a", "PJSIP/101-00000001", "link=a"), up("b", "PJSIP/103-00000002", "link=b")},
		bridges:  []bridge{talk("a gone b")},
		want:     "a b",
	},
	{
		name: "who is parked beside a caller of the line",
		channels: []channel{
			up("a", "PJSIP/trunk-00000001", "link=a", "line=flat-1"), up("b", "PJSIP/trunk-00000003", "link=c"),
		},
		bridges: []bridge{{Type: "holding", Members: []string{"a", "b"}}},
		want:    "a",
	},
}

var emergencies = []searched{
	{
		name: "under way, with all that belongs to it",
		channels: []channel{
			up("a", "PJSIP/102-2-00000001", "line=flat-1", "role=emergency", "link=1"), up("b", "PJSIP/trunk-00000002", "link=1"),
			up("c", "PJSIP/101-00000003", "link=3"),
		},
		bridges: []bridge{talk("a b")},
		want:    "c",
	},
	{
		name: "under way by a Local channel, before it is answered",
		channels: []channel{
			up("a", "PJSIP/101-00000001", "line=flat-1", "role=emergency", "link=1"), up("b", "Local/999@x-00000001;1", "link=1"),
			up("c", "Local/999@x-00000001;2", "link=1"), up("d", "PJSIP/trunk-00000002", "link=1"),
		},
		bridges: []bridge{talk("a b")},
	},
	{
		name:     "whose line is being cleared",
		channels: []channel{up("a", "PJSIP/102-2-00000001", "line=flat-1", "role=emergency", "link=1", "app=Stasis")},
	},
	{
		name: "whose line is being cleared of the caller it was dialled beside",
		channels: []channel{
			up("a", "PJSIP/102-2-00000001", "line=flat-1", "role=emergency", "link=caller", "app=Stasis"),
			up("caller", "PJSIP/trunk-00000001", "line=flat-1", "link=caller"), up("b", "Snoop/a-00000001", "link=b"),
		},
		bridges: []bridge{talk("a caller")},
		want:    "caller",
	},
	{
		name: "under way, and Asterisk shows no linked ids",
		own:  dialling("link="),
		way:  call.WayGuarded,
		channels: []channel{
			up("a", "PJSIP/102-2-00000001", "line=flat-1", "role=emergency"), up("b", "PJSIP/trunk-00000002"),
			up("c", "PJSIP/101-00000003"), up("d", "PJSIP/trunk-00000004"), up("e", "Snoop/a-00000001"),
		},
		bridges: []bridge{talk("a b"), talk("c d")},
		want:    "c d",
	},
	{
		name: "dialled out of the call with a caller who has not gone",
		channels: []channel{
			up("a", "PJSIP/101-00000001", "line=flat-1", "role=emergency", "link=caller"),
			up("b", "PJSIP/trunk-00000003", "link=caller"), up("caller", "PJSIP/trunk-00000001", "line=flat-1", "link=caller"),
			up("helper", "PJSIP/trunk-00000008", "link=helper"),
		},
		bridges: []bridge{talk("a b"), talk("helper caller")},
		want:    "caller helper",
	},
	{
		name: "and the leg that dials came out of the same call",
		way:  call.WayGuarded,
		own:  dialling("link=caller"),
		channels: []channel{
			up("a", "PJSIP/102-2-00000001", "role=emergency", "link=caller"), up("b", "PJSIP/trunk-00000003", "link=caller"),
			up("caller", "PJSIP/trunk-00000001", "line=flat-1", "link=caller"),
		},
		want: "caller",
	},
	{
		name: "of another line",
		channels: []channel{
			up("a", "PJSIP/103-00000001", "line=flat-2", "role=emergency", "link=1"), up("b", "PJSIP/trunk-00000002", "link=1"),
		},
		bridges: []bridge{talk("a b")},
	},
	{
		name:     "the leg that dials is one itself",
		own:      dialling("role=emergency"),
		channels: []channel{up("a", "PJSIP/101-00000001", "link=own")},
		want:     "a",
	},
	{
		name:     "another role is none",
		channels: []channel{up("a", "PJSIP/101-00000001", "role=verification", "link=1")},
		want:     "a",
	},
}
