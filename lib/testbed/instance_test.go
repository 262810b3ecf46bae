package testbed

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestInstancesSideBySide(t *testing.T) {
	one, two := Start(t, Options{}), Start(t, Options{})
	if one.Asterisk.ARIURL() == two.Asterisk.ARIURL() {
		t.Fatalf("both are at %s", one.Asterisk.ARIURL())
	}
	for _, b := range []*Bed{one, two} {
		b.Scenario(t, NewVerbs(), "side.txt", "phone caller is 01632 960200\nphone resident is line flat-1\ncaller rings 01632 960101\nresident answers\ncaller and resident hear each other\nnothing is left")
	}
}

func TestFrozenKilledAndStartedAgain(t *testing.T) {
	b := Start(t, Options{})
	ctx := within(t, 60*time.Second)
	a := b.Asterisk
	check(t, a.Freeze())
	quick := &http.Client{Timeout: 300 * time.Millisecond}
	if _, err := quick.Get(a.ARIURL() + "/asterisk/ping"); err == nil {
		t.Error("a frozen Asterisk answers")
	}
	check(t, a.Thaw())
	check(t, a.ARI(ctx, "GET", "/asterisk/ping", nil, nil))
	a.Kill()
	if err := a.Freeze(); err == nil {
		t.Error("a killed Asterisk can be frozen")
	}
	begun := time.Now()
	check(t, a.Restart(ctx))
	t.Logf("started again in %s", time.Since(begun).Round(time.Millisecond))
	b.Scenario(t, NewVerbs(), "again.txt", "phone caller is 01632 960200\nphone resident is line flat-1\ncaller rings 01632 960101\nresident rings\nnothing is left")
}

func TestHostileCallersArriveAsTheyAre(t *testing.T) {
	b := Start(t, Options{})
	ctx := within(t, 30*time.Second)
	resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
	for i, name := range []string{
		`";DROP TABLE calls;--`, "\xff\xfe\x80 not utf-8", `${SHELL(id)}`, "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "tab\tand bell\a", strings.Repeat("long ", 60),
	} {
		caller := Must[*Phone](t)(b.Caller(ctx, "caller-"+string(rune('a'+i)), "", Identity{Number: "01632960200", Name: name}))
		call := Must[*Call](t)(caller.Call(ctx, "01632960101"))
		ring := Must[*Call](t)(resident.WaitRinging(ctx))
		t.Logf("%q is shown as %q", name, ring.FarName)
		check(t, call.HangUp(ctx))
		_, err := ring.WaitEnded(ctx)
		check(t, err)
	}
	var text strings.Builder
	b.Timeline.Print(&text, time.Time{})
	for line := range strings.Lines(text.String()) {
		if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\a\t\r\ufffd") {
			t.Errorf("a stranger's bytes got into the timeline: %q", line)
		}
	}
}

func TestKeysByInfoAreCounted(t *testing.T) {
	b := Start(t, Options{Dialplan: `[clearline-inbound]
exten => _[+0-9]!,1,Dial(PJSIP/101,20)
[clearline-outbound]
`})
	ctx := within(t, 30*time.Second)
	resident := Must[*Phone](t)(b.Resident(ctx, "resident", "101"))
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
	call := Must[*Call](t)(caller.Call(ctx, "1"))
	check(t, resident.Answer(ctx))
	check(t, call.WaitState(ctx, Answered))
	req := sip.NewRequest(sip.INFO, sip.Uri{Scheme: "sip", Host: resident.Addr.String(), Port: sipPort})
	req.AppendHeader(sip.NewHeader("Content-Type", "application/dtmf-relay"))
	req.SetBody([]byte("Signal=5\r\nDuration=100\r\n"))
	res, err := caller.client.Do(ctx, req)
	check(t, err)
	if !res.IsSuccess() || resident.Infos() != 1 {
		t.Errorf("INFO got %d, resident counts %d", res.StatusCode, resident.Infos())
	}
	if all, audio, keys := call.Packets(); all != audio+keys {
		t.Errorf("packets: %d are not %d audio and %d keys", all, audio, keys)
	}
}

func TestSoftphoneRegisters(t *testing.T) {
	b := Start(t, Options{Softphones: []Softphone{{User: "demo", Password: "secret", Line: "flat-1"}}})
	ctx := within(t, 30*time.Second)
	soft := Must[*Phone](t)(b.Softphone(ctx, "soft", "demo", "secret"))
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
	Must[*Call](t)(caller.Call(ctx, "01632960101"))
	Must[*Call](t)(soft.WaitRinging(ctx))
	if err := soft.register(ctx, "demo", "wrong"); err == nil {
		t.Error("a wrong password registers")
	}
}
