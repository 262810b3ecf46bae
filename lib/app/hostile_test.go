package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestHostileCallersAreScreenedLikeAnyOther lets callers ring whose number and name
// are made to break something. Asterisk may refuse such a call; if it lets it in,
// the caller hears the greeting, the log keeps to its lines, and nothing runs.
func TestHostileCallersAreScreenedLikeAnyOther(t *testing.T) {
	mtu := sip.UDPMTUSize
	sip.UDPMTUSize = 64_000 // or 10 kB would not even be sent
	t.Cleanup(func() { sip.UDPMTUSize = mtu })
	h := moveIn(t, house.Options{Bed: testbed.Options{Lines: flats}, Missing: missing, Settings: impatient})
	trap := filepath.Join(t.TempDir(), "trap")
	arrived := 0
	shell := "${SHELL(touch " + trap + ")}"
	for name, who := range map[string]testbed.Identity{
		"a name of 10 kB":             {Number: "01632960200", Name: strings.Repeat("Bank ", 2048)},
		"a number of 10 kB":           {Number: strings.Repeat("0", 10240)},
		"a dialplan function":         {Number: "01632960200", Name: shell},
		"a dialplan function dialled": {Number: shell, Name: "x"},
		"an expression":               {Number: "01632960200", Name: "$[1+1] ${EXTEN} ,,,)(&|"},
		"quotes":                      {Number: "01632960200", Name: `" <sip:999@127.0.0.1> \" '; DROP`},
		"markup":                      {Number: "01632960200", Name: "</script><script>alert(1)</script>"},
		"a line of its own":           {Number: "01632960200", Name: "Bob\r\nmsg=\"call ended\" cause=completed"},
		"no UTF-8":                    {Number: "01632960200", Name: "\xff\xfe\xc3("},
		"a NUL":                       {Number: "01632960200", Name: "Bob\x00Bobson"},
		"text turned around":          {Number: "01632960200", Name: "\u202e\u2066knaB"},
		"a formula":                   {Number: "01632960200", Name: "=cmd|' /C calc'!A0"},
		"a path":                      {Number: "../../etc/passwd", Name: "../../../../tmp/x"},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			base := h.Bed.Baseline()
			ringIn(t, h, who)
			if err := h.Bed.CheckNothingLeft(t.Context(), base); err != nil {
				t.Error(err)
			}
			for _, m := range h.Bed.Timeline.Moments(begun) {
				if m.Who == "clearline" && strings.Contains(m.What, "call arrived") {
					arrived++
					t.Log(m.What)
				}
				if m.Who == "clearline" && (!strings.HasPrefix(m.What, "time=") || !utf8.ValidString(m.What) || len(m.What) > 1000) {
					t.Errorf("the log holds %q", m.What)
				}
			}
			if _, err := os.Stat(trap); err == nil {
				t.Fatal("the shell ran")
			}
		})
	}
	if arrived < 8 {
		t.Errorf("only %d of these callers were let in by Asterisk: the test proves little", arrived)
	}
	if err := perform(t, h, "phone caller is 01632 960200\ncaller rings 01632 960101\ncaller hears screening/greeting\ncaller hangs up\nnothing is left"); err != nil {
		t.Errorf("after all that, an ordinary caller: %v", err)
	}
}

// ringIn rings flat 1 and hears the greeting, unless the call is refused or ignored.
func ringIn(t *testing.T, h *house.House, who testbed.Identity) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	defer h.Bed.StopPhones()
	phone, err := h.Bed.Caller(ctx, "caller", "", who)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := phone.Call(ctx, "01632960101")
	if err != nil {
		t.Logf("not even sent: %v", err)
		return
	}
	answered, giveUp := context.WithTimeout(ctx, 3*time.Second)
	defer giveUp()
	if err := placed.WaitState(answered, testbed.Answered); err != nil {
		end, _ := placed.End()
		t.Logf("not let in: %v", end)
		return
	}
	if _, _, err := phone.WaitHeard(ctx, "screening/greeting", 0); err != nil {
		t.Error(err)
	}
}
