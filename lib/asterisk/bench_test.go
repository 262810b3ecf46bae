package asterisk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"clearline/lib/call"
)

// recordedChannel is one of Asterisk 22's answer to GET /channels.
const recordedChannel = `{"id":"1795328815.%[1]d","name":"PJSIP/%[2]s-%08[1]x","state":"Up",` +
	`"protocol_id":"a8c4bc1e-8973-43b9-b95e-b7b8e14dfb59","caller":{"name":"flat-1","number":"+441632960101"},` +
	`"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"clearing","exten":"159","priority":2,` +
	`"app_name":%[3]q,"app_data":"clearline,outbound,flat-1,159"},"creationtime":"2026-11-22T06:26:55.556+0000","language":"en",` +
	`"channelvars":{"CLEARLINE_LINE":%[4]q,"CLEARLINE_ROLE":"","CHANNEL(linkedid)":"1795328815.%[5]d"}}`

// recordedBridge is one of its answer to GET /bridges.
const recordedBridge = `{"id":"0a3a2b4e-2f2f-4d3f-8f57-%012[1]d","technology":"simple_bridge","bridge_type":"mixing",` +
	`"bridge_class":"basic","creator":"","name":"","channels":["1795328815.%[1]d","1795328815.%[2]d"],` +
	`"creationtime":"2026-11-22T06:26:55.556+0000","video_mode":"talker"}`

// exchangeOf are the answers of an exchange with so many calls of two, the first of which
// is the line's, and a leg that dials.
func exchangeOf(calls int) (channels, bridges string) {
	all := []string{fmt.Sprintf(recordedChannel, 0, "101", stasis, "flat-1", 0)}
	var talks []string
	for i := 1; i < 2*calls; i += 2 {
		line, telephone := "", fmt.Sprintf("%d", 100+(i+1)/2)
		if i == 1 {
			line = "flat-1"
		}
		all = append(all, fmt.Sprintf(recordedChannel, i, "trunk", "Dial", line, i), fmt.Sprintf(recordedChannel, i+1, telephone, "AppDial", "", i))
		talks = append(talks, fmt.Sprintf(recordedBridge, i, i+1))
	}
	return "[" + strings.Join(all, ",") + "]", "[" + strings.Join(talks, ",") + "]"
}

var recordedSearch = call.Search{Line: "flat-1", Endpoints: []string{"PJSIP/101"}, Own: "1795328815.0", Way: call.WayFresh}

func TestABusyExchangeIsSearched(t *testing.T) {
	f := newFakeARI(t)
	channels, bridges := exchangeOf(1000)
	f.on("GET /channels", answer{status: 200, body: channels})
	f.on("GET /bridges", answer{status: 200, body: bridges})
	legs, err := f.client(nil).LegsOf(t.Context(), recordedSearch)
	if spaced(legs) != "1795328815.1 1795328815.2" || err != nil {
		t.Errorf("found %v, %v", legs, err)
	}
}

func BenchmarkLegsOf(b *testing.B) {
	for _, calls := range []int{0, 25, 100, 1000} {
		channels, bridges := exchangeOf(calls)
		var l listing
		if err := l.decode(channels, bridges); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("decode-%d", 2*calls+1), func(b *testing.B) {
			b.SetBytes(int64(len(channels) + len(bridges)))
			b.ReportAllocs()
			for b.Loop() {
				l = listing{}
				if err := l.decode(channels, bridges); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("search-%d", 2*calls+1), func(b *testing.B) {
			own, _ := l.channel(recordedSearch.Own)
			b.ReportAllocs()
			for b.Loop() {
				l.legsOf(recordedSearch, own)
			}
		})
	}
}

func (l *listing) decode(channels, bridges string) error {
	if err := json.NewDecoder(strings.NewReader(channels)).Decode(&l.channels); err != nil {
		return err
	}
	return json.NewDecoder(strings.NewReader(bridges)).Decode(&l.bridges)
}
