package testbed

import (
	"context"
	"encoding/binary"
	"testing"
)

// silenceDialplan answers and speaks before it dials out, speaks without answering, or
// only dials out; 2 listens to the first caller's talk.
const silenceDialplan = `[clearline-inbound]
exten => 2,1,Answer()
 same => n,ChanSpy(PJSIP/main,q)
exten => _[+0-9]!,1,Goto(clearline-deliver,flat-1,1)
[clearline-outbound]
exten => 105,1,Answer()
 same => n,Playback(clearline/screening/purpose)
 same => n,Goto(clearline-onward,105,1)
exten => 111,1,Progress()
 same => n,Playback(clearline/screening/purpose,noanswer)
 same => n,Goto(clearline-onward,111,1)
exten => 161,1,Answer()
 same => n,Goto(clearline-onward,161,1)
exten => 999,1,Wait(60)
exten => _[+0-9*#]!,1,Goto(clearline-onward,${EXTEN},1)
[cleared]
exten => 999,1,Goto(clearline-onward,999,1)
`

// strayPacket sends an RTP packet to every call of {who} that is open or has just ended:
// what must not happen, so that the checks can be seen to notice.
func strayPacket(payload byte) func(context.Context, *Play, Values) error {
	return each(func(_ context.Context, play *Play, p *Phone, _ Values) error {
		packet := make([]byte, 12+frameSize)
		packet[0], packet[1] = 0x80, payload
		binary.BigEndian.PutUint16(packet[2:], 1)
		for _, c := range p.Calls() {
			to := c.media.Load().Laddr
			if _, err := play.Bed.stamping.WriteTo(packet, &to); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestWhatDidNotReachATelephone(t *testing.T) {
	sounds := t.TempDir()
	check(t, ToneTongue(sounds, smallPrompts, BurstLength))
	b := clearBed(t, Options{Dialplan: silenceDialplan, Sounds: sounds})
	more := []builtin{
		{`a packet of audio strays to {who:phone}`, strayPacket(payloadUlaw)},
		{`a key strays to {who:phone}`, strayPacket(payloadKeys)},
	}
	play(t, b, onHold, []scene{
		{"audio ends with the call", `
caller ignores BYE
resident rings 999
the line is cleared
exchange rings
caller gets no audio after the BYE
resident's first call gets no audio after the BYE
caller gets no audio after exchange rang
resident's first call was hung up before exchange rang
`, ""},
		{"audio ends with a call hung up as usual", `
resident hangs up
caller is hung up
caller gets no audio after the BYE
`, ""},
		{"a packet that comes after the BYE", `
resident hangs up
caller is hung up
a packet of audio strays to caller
caller gets no audio after the BYE
`, "caller got audio until"},
		{"a packet for a telephone that ignored the BYE", `
caller ignores BYE
resident hangs up
caller gets no audio after the BYE
a packet of audio strays to caller
caller gets no audio after the BYE
`, "caller got audio until"},
		{"a call that goes on beside the ring", `
resident rings 112
exchange rings
caller gets no audio after exchange rang
`, "after exchange rang"},
		{"a telephone nobody listens at any more", `
caller hangs up
wait 2s
resident rings 112
exchange rings
caller gets no audio after exchange rang
`, "caller stopped listening"},
	}, more...)
	play(t, b, `
phone resident is line flat-1
phone exchange is the exchange
`, []scene{
		{"keys pressed after the answer", `
resident rings 999
the line is cleared
exchange answers
resident and exchange hear each other
resident presses 55
exchange got keys "55"
exchange got no key before it answered
resident hears no prompt for 300ms
`, ""},
		{"other keys", `
resident rings 112
exchange answers
resident presses 955
exchange got keys 55
exchange got keys "55" within 1s
`, `exchange got keys "955"`},
		{"keys that were never pressed", "resident rings 112\nexchange answers\nexchange got keys \"5\" within 300ms", `exchange got keys ""`},
		{"a key before the answer", `
resident rings 112
exchange rings
a key strays to exchange
exchange answers
exchange got no key before it answered
`, "exchange got a key"},
		{"nothing is played before the answer", `
resident rings 999
the line is cleared
exchange rings
resident hears ringing
resident hears no prompt
exchange answers
resident hears nothing until it is answered
resident hears nothing until exchange answers
resident hears no prompt
`, ""},
		{"a prompt behind an answer that is not the exchange's", `
resident rings 105
resident hears screening/purpose
exchange answers
resident hears nothing until exchange answers
`, "resident was answered"},
		{"a silent answer that is not the exchange's", "resident rings 161\nexchange answers\nresident hears nothing until exchange answers", "resident was answered"},
		{"an answer that is nobody else's", "resident rings 161\nexchange rings\nresident is answered\nresident hears nothing until exchange answers within 1s", "answered, but not by exchange"},
		{"a prompt heard after an answer", "resident rings 105\nresident hears screening/purpose\nresident hears no prompt", "resident heard screening/purpose"},
		{"a prompt instead of ringing", "resident rings 111\nresident hears screening/purpose\nresident hears no prompt", "resident heard screening/purpose"},
		{"sound before the answer", "resident rings 111\nexchange answers\nresident hears nothing until it is answered", "resident got sound"},
		{"unknown sound before the answer", "resident rings 112\nexchange rings\na packet of audio strays to resident\nresident hears no prompt", "resident got sound"},
	}, more...)
	play(t, b, `
phone caller is 01632 960200
phone resident is line flat-1
phone spy is 01632 960201
caller rings 01632 960101
resident answers
caller is answered
`, []scene{
		{"two who are alone", `
only resident hears caller
only caller hears resident
nobody hears spy for 1s
`, "spy has no call"},
		{"somebody listens", "spy rings 2\nspy is answered\nonly resident hears caller", "spy hears it too"},
		{"the other does not hear", "caller stops sending RTP\nonly resident hears caller within 1s", "wait for resident to hear"},
		{"a voice that is heard after all", "nobody hears caller for 1s", "resident hears it too"},
		{"a voice that nobody hears", "caller stops sending RTP\nnobody hears caller for 500ms", ""},
	}, more...)
}

func TestSilenceIsNotLoud(t *testing.T) {
	frame := func(hz float64, level float64) (audio []byte) {
		for _, s := range Tone(hz, frameTime, level) {
			audio = append(audio, asteriskUlaw(s))
		}
		return audio
	}
	for _, c := range []struct {
		name  string
		audio []byte
		want  bool
	}{
		{"nothing", nil, false},
		{"silence", frame(0, 0), false},
		{"a tone that cannot be heard", frame(500, 100), false},
		{"a tone", frame(500, 1000), true},
	} {
		if got := isLoud(c.audio); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
}
