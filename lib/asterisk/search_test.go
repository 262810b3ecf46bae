package asterisk

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clearline/lib/call"
)

func TestWhenTheLegThatDialsIsUpElsewhereEveryLegOfTheLineIsFound(t *testing.T) {
	f := newFakeARI(t)
	c := f.client(nil)
	f.on("GET /bridges", answer{status: 200, body: `[{"id":"b","bridge_type":"mixing","channels":["resident","caller"]}]`})
	f.on("GET /channels", answer{status: 200, body: `[
		{"id":"resident","name":"PJSIP/101-00000001"},
		{"id":"caller","name":"PJSIP/trunk-00000002"},
		{"id":"screened","name":"PJSIP/trunk-00000003","channelvars":{"CLEARLINE_LINE":"flat-1"}},
		{"id":"dials","name":"PJSIP/101-00000004","dialplan":{"app_name":"Stasis"},"channelvars":{"CLEARLINE_LINE":"flat-1","CLEARLINE_ROLE":"verification"}},
		{"id":"999","name":"PJSIP/101-00000005","channelvars":{"CLEARLINE_LINE":"flat-1","CLEARLINE_ROLE":"emergency"}},
		{"id":"other","name":"PJSIP/201-00000006","channelvars":{"CLEARLINE_LINE":"flat-2"}}]`})
	legs, err := c.LegsOf(t.Context(), call.Search{Line: "flat-1", Endpoints: []string{"PJSIP/101"}})
	if got := spaced(legs); got != "caller dials resident screened" || err != nil {
		t.Errorf("found %q, error %v", got, err)
	}
}

// search is what the engine asks for in these tables.
func (tc searched) search() call.Search {
	way := tc.way
	if way == "" {
		way = call.WayFresh
	}
	return call.Search{
		Line: "flat-1", Endpoints: []string{"PJSIP/101", "PJSIP/102-2"}, Own: "own", Known: tc.known, Way: way,
	}
}

func TestTheLegsOfALine(t *testing.T) {
	for group, cases := range map[string][]searched{
		"found": bySigns, "found over hops": overHops, "left alone": innocent, "an emergency call": emergencies,
	} {
		for _, tc := range cases {
			t.Run(group+"/"+tc.name, func(t *testing.T) {
				own := tc.own
				if own.ID == "" {
					own = dialling()
				}
				channels := append(slices.Clone(tc.channels), own)
				for range len(channels) { // in whatever order Asterisk lists them
					channels = append(channels[1:], channels[0])
					l := listing{channels: channels, bridges: tc.bridges}
					if got := spaced(l.legsOf(tc.search(), own)); got != tc.want {
						t.Fatalf("found %q, want %q", got, tc.want)
					}
				}
			})
		}
	}
}

func spaced(legs []call.LegID) string { return strings.Trim(fmt.Sprint(legs), "[]") }

func TestALineWithoutANameHasNoMark(t *testing.T) {
	l := listing{channels: []channel{up("own", "PJSIP/101-00000009", "app=Stasis"), up("a", "PJSIP/trunk-00000001")}}
	if got := l.legsOf(call.Search{Own: "own", Way: call.WayGuarded}, l.channels[0]); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}

func TestTheLegThatDialsMustBeInClearlinesHands(t *testing.T) {
	f := newFakeARI(t)
	c := f.client(nil)
	f.on("GET /bridges", answer{status: 200, body: "[]"})
	for _, tc := range []struct {
		body string
		legs string
		err  error
	}{
		{`[{"id":"other"}]`, "", ErrGone},
		{`[]`, "", ErrGone},
		{`[{"id":"own","dialplan":{"app_name":"Dial"}}]`, "", call.ErrLegTaken},
		{`[{"id":"own","dialplan":{"app_name":""}}]`, "", call.ErrLegTaken},
		{`[{"id":"own"}]`, "", call.ErrLegTaken},
		{`[{"id":"own","dialplan":{"app_name":"GotoIf","exten":"h"}}]`, "", call.ErrLegEnding},
		{`[{"id":"own","dialplan":{"app_name":"Stasis"}},{"id":"a","name":"PJSIP/101-00000001","channelvars":null}]`, "a", nil},
	} {
		f.on("GET /channels", answer{status: 200, body: tc.body})
		legs, err := c.LegsOf(t.Context(), searched{}.search())
		if spaced(legs) != tc.legs || !errors.Is(err, tc.err) {
			t.Errorf("%s: found %v, %v, want %s, %v", tc.body, legs, err, tc.legs, tc.err)
		}
	}
}

func TestAMissingLineOfAriConfIsToldOnce(t *testing.T) {
	const ours = "CLEARLINE_LINE,CLEARLINE_ROLE,CHANNEL(linkedid)"
	for name, tc := range map[string]struct{ vars, want string }{
		"nothing is shown":         {`{}`, "channelvars=" + ours},
		"all is shown":             {`{"CLEARLINE_LINE":"","CLEARLINE_ROLE":"","CHANNEL(linkedid)":"1","X":""}`, ""},
		"one is missing":           {`{"CLEARLINE_LINE":"","CHANNEL(linkedid)":"1"}`, "channelvars=" + ours},
		"the operator's own stays": {`{"X":"1","CALLERID(num)":"","CLEARLINE_ROLE":""}`, "channelvars=" + ours + ",CALLERID(num),X"},
	} {
		t.Run(name, func(t *testing.T) {
			f, log := newFakeARI(t), &logged{}
			c := f.client(func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(log, nil)) })
			f.on("GET /bridges", answer{status: 200, body: "[]"})
			f.on("GET /channels", answer{status: 200, body: `[{"id":"own","dialplan":{"app_name":"Stasis"},"channelvars":` + tc.vars + `},` +
				`{"id":"other","channelvars":{}}]`})
			for range 3 {
				if _, err := c.LegsOf(t.Context(), searched{}.search()); err != nil {
					t.Fatal(err)
				}
			}
			if tc.want == "" && log.count("") > 1 {
				t.Errorf("logged %s", log.buf.String())
			}
			if tc.want != "" && (log.count(`line="`+tc.want+`"`) != 1 || log.count("\n") != 1) {
				t.Errorf("logged %s, want %s once", log.buf.String(), tc.want)
			}
		})
	}
}

// TestUnions holds for any picture: who is found does not depend on the order of the
// listing, every leg of the line is found unless it is an emergency call, and nobody is
// found who shares no sign with the line, directly or over others.
func TestUnions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own := dialling(drawnSigns(t, "own")...)
		own.Dialplan.AppName = stasis
		channels := []channel{own}
		names := []string{
			"PJSIP/101-%08d", "PJSIP/102-2-%08d", "PJSIP/102-%08d", "PJSIP/trunk-%08d", "Snoop/own-%08d", "Snoop/leg-1-%08d",
			"Local/x@y-00000001;1", "Local/x@y-00000001;2",
		}
		for i := range rapid.IntRange(0, 9).Draw(t, "legs") {
			id, name := fmt.Sprintf("leg-%d", i), rapid.SampledFrom(names).Draw(t, "name")
			if strings.Contains(name, "%") {
				name = fmt.Sprintf(name, i)
			} else {
				names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name }) // no two have one
			}
			channels = append(channels, up(id, name, drawnSigns(t, id)...))
		}
		var bridges []bridge
		for i := range rapid.IntRange(0, 3).Draw(t, "bridges") {
			b := bridge{Type: rapid.SampledFrom([]string{"mixing", "mixing", "holding"}).Draw(t, "type")}
			for _, ch := range channels {
				if rapid.IntRange(0, 2).Draw(t, "bridge") == i { // a leg is in one at a time
					b.Members = append(b.Members, ch.ID)
				}
			}
			bridges = append(bridges, b)
		}
		s := searched{way: rapid.SampledFrom([]call.Way{call.WayFresh, call.WayConsult, call.WayGuarded}).Draw(t, "way")}.search()
		l := listing{channels: channels, bridges: bridges}
		got := l.legsOf(s, own)
		checkUnion(t, &l, s, got)
		shuffled := listing{channels: rapid.Permutation(channels).Draw(t, "order"), bridges: bridges}
		if again := shuffled.legsOf(s, own); !slices.Equal(got, again) {
			t.Fatalf("found %v, in another order %v", got, again)
		}
	})
}

func drawnSigns(t *rapid.T, who string) []string {
	var signs []string
	for _, sign := range []string{"line=flat-1", "line=flat-2", "role=emergency", "app=Stasis", "link=1", "link=2", "link=3", "link=own"} {
		if rapid.IntRange(0, 3).Draw(t, who+" "+sign) == 0 {
			signs = append(signs, sign)
		}
	}
	return signs
}

func checkUnion(t *rapid.T, l *listing, s call.Search, got []call.LegID) {
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Fatalf("found %v: want each once, sorted", got)
	}
	touched := l.touched(s)
	for _, ch := range l.channels {
		found := slices.Contains(got, call.LegID(ch.ID))
		emergency := ch.Vars[roleMark] == string(call.Emergency)
		switch {
		case ch.ID == string(s.Own) || emergency:
			if found {
				t.Fatalf("found %s, which must be left alone", ch.ID)
			}
		case slices.Contains(s.Endpoints, ch.endpoint()) || ch.Vars[lineMark] == string(s.Line):
			if !found {
				t.Fatalf("%s is the line's and not found", ch.ID)
			}
		case found && !touched[ch.ID]:
			t.Fatalf("found %s, which shares nothing with the line", ch.ID)
		}
	}
}

// touched are all legs that any sign leads to from the line, however weak it is.
func (l *listing) touched(s call.Search) map[string]bool {
	all := map[string]bool{string(s.Own): true}
	for grown := true; grown; {
		before := len(all)
		for _, a := range l.channels {
			if slices.Contains(s.Endpoints, a.endpoint()) || a.Vars[lineMark] == string(s.Line) {
				all[a.ID] = true
			}
			for _, b := range l.channels {
				if all[a.ID] && l.alike(a, b) {
					all[b.ID] = true
				}
			}
		}
		grown = len(all) > before
	}
	return all
}

func (l *listing) alike(a, b channel) bool {
	together := slices.ContainsFunc(l.bridges, func(in bridge) bool {
		return in.Type != "holding" && slices.Contains(in.Members, a.ID) && slices.Contains(in.Members, b.ID)
	})
	halves := strings.HasPrefix(a.Name, "Local/") && strings.HasPrefix(b.Name, "Local/")
	return together || halves || a.link() != "" && a.link() == b.link() || b.endpoint() == "Snoop/"+a.ID
}
