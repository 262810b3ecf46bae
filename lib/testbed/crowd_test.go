package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// crowdBed has many lines, each with one phone.
func crowdBed(t *testing.T, lines int) *Bed {
	t.Helper()
	opt := Options{}
	for i := range lines {
		opt.Lines = append(opt.Lines, Line{
			ID: fmt.Sprintf("flat-%d", i+1), Numbers: []string{fmt.Sprintf("+441632960%03d", 100+i)}, Endpoints: []string{fmt.Sprintf("e%d", 100+i)},
		})
	}
	return Start(t, opt)
}

// longestGap watches a clock that has nothing to do, and returns what says for how long it
// stood still at most: whoever was late meanwhile was so for no fault of their own.
func longestGap(t *testing.T) func() time.Duration {
	t.Helper()
	stop, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		var most time.Duration
		for last := time.Now(); ; {
			select {
			case <-stop:
				longest <- most
				return
			case <-tick.C:
			}
			now := time.Now()
			most, last = max(most, now.Sub(last)), now
		}
	}()
	return func() time.Duration { close(stop); return <-longest }
}

func TestFiftyCallsAtOnceKeepPace(t *testing.T) {
	const pairs = 50
	b := crowdBed(t, pairs)
	b.Pacer.Worst()
	gap := longestGap(t)
	begun := time.Now()
	b.Scenario(t, NewVerbs(), "crowd.txt", strings.ReplaceAll(`
phones callers are N from 01632 960300
phones residents are the first of N lines
callers ring a line each
residents ring
residents answer
callers and residents hear each other within 20s
residents press 5
callers got key 5
callers stay connected for 3s
callers hang up
residents are hung up
nothing is left
`, "N", fmt.Sprint(pairs)))
	late, dropped := b.Pacer.Worst()
	still := gap()
	t.Logf("%d calls in %s; latest frame %s late, %d frames dropped; the machine stood still for up to %s",
		pairs, time.Since(begun).Round(time.Millisecond), late, dropped, still)
	if dropped > 0 && still < late/2 {
		t.Errorf("dropped %d frames: the phones do not keep pace", dropped)
	}
}

// sentences are spoken prompts that begin alike, which is hard for ears.
var sentences = map[string]string{
	"screening/greeting": "Hello. This telephone is looked after by Clearline. Please listen.",
	"screening/purpose":  "Please say your name and why you are calling, then press hash.",
	"guard/advice":       "Remember, your bank will never ask you to move money.",
	"digits/3":           "three",
	"digits/4":           "four",
	"digits/5":           "five",
}

// speak makes prompts by espeak-ng and sox at 8 kHz.
func speak(t *testing.T, dir string) {
	t.Helper()
	for name, text := range sentences {
		path := filepath.Join(dir, name+".wav")
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		raw := filepath.Join(t.TempDir(), "raw.wav")
		for _, args := range [][]string{{"espeak-ng", "-v", "en", "-w", raw, text}, {"sox", "-D", raw, "-r", "8000", "-c", "1", "-b", "16", path}} {
			if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
				t.Skipf("speech needs espeak-ng and sox: %v: %s", err, out)
			}
		}
	}
}

const speechDialplan = `[clearline-inbound]
exten => 1,1,Answer()
 same => n,Playback(clearline/screening/greeting&clearline/digits/3&clearline/digits/5&clearline/digits/3&clearline/screening/purpose)
 same => n,Hangup()
exten => 2,1,Answer()
 same => n,Ringing()
 same => n,Wait(3)
 same => n,Hangup()
`

func TestSpeechIsRecognised(t *testing.T) {
	sounds := t.TempDir()
	speak(t, sounds)
	b := Start(t, Options{Dialplan: speechDialplan, Sounds: sounds})
	ctx := within(t, 60*time.Second)
	caller := Must[*Phone](t)(b.Caller(ctx, "caller", "", Identity{Number: "01632960200"}))
	call := Must[*Call](t)(caller.Call(ctx, "1"))
	if _, err := call.WaitEnded(ctx); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range caller.Heard() {
		got = append(got, h.What)
		t.Log(h.At.Sub(call.AnsweredAt()), h)
	}
	want := "screening/greeting digits/3 digits/5 digits/3 screening/purpose"
	if strings.Join(got, " ") != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// whisperDialplan connects two phones by the core's own bridge; x is what is whispered.
const whisperDialplan = `[clearline-inbound]
exten => _[+0-9]!,1,Dial(PJSIP/101,20)
[whisper]
exten => x,1,Answer()
 same => n,Wait(0.3)
 same => n,Playback(clearline/screening/purpose)
 same => n,Hangup()
`

// hearsOneOf whispers some times at most, until the resident has heard it. Asterisk leaves
// frames out of what it mixes when the machine is busy, and such a whisper is another sound.
func hearsOneOf(ctx context.Context, p *Play, times int, whisper func(context.Context, *Play, Values) error) error {
	var err error
	for range times {
		begun := time.Now()
		if err := whisper(ctx, p, nil); err != nil {
			return err
		}
		phone := p.Bed.Phone("resident")
		each, cancel := context.WithTimeout(ctx, 3*time.Second)
		err = phone.bell.until(each, func() bool { return len(phone.HeardSince(begun, "screening/purpose")) > 0 })
		cancel()
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("none of %d whispers is heard: %w", times, err)
}

func TestWhisperIsRecognised(t *testing.T) {
	for _, tongue := range []struct {
		name string
		make func(t *testing.T, dir string)
	}{
		{"noises", func(t *testing.T, dir string) { check(t, ToneTongue(dir, smallPrompts, BurstLength)) }},
		{"speech", speak},
	} {
		t.Run("in "+tongue.name, func(t *testing.T) {
			sounds := t.TempDir()
			tongue.make(t, sounds)
			b := Start(t, Options{Dialplan: whisperDialplan, Sounds: sounds})
			verbs := NewVerbs()
			whisper := func(ctx context.Context, p *Play, _ Values) error {
				_, err := p.Bed.Asterisk.CLI(ctx, "channel originate Local/x@whisper application ChanSpy PJSIP/101,qwE")
				return err
			}
			check(t, errors.Join(
				verbs.Verb("somebody whispers to the resident", whisper),
				verbs.Verb("the resident hears whispers under the tone", func(ctx context.Context, p *Play, v Values) error {
					return hearsOneOf(ctx, p, 3, whisper)
				}),
			))
			b.Scenario(t, verbs, "whisper.txt", `
phone caller is 01632 960200
phone resident is line flat-1
caller rings 1
resident answers
caller and resident hear each other
somebody whispers to the resident
resident hears screening/purpose within 4s
caller has not heard screening/purpose
wait 4s
caller keeps saying tone 700
resident hears tone 700
the resident hears whispers under the tone
caller has not heard screening/purpose
resident hangs up
`)
		})
	}
}

func TestRingingInTheAudioIsHeard(t *testing.T) {
	b := Start(t, Options{Dialplan: speechDialplan})
	b.Scenario(t, NewVerbs(), "ring.txt", `
phone caller is 01632 960200
caller rings 2
caller is answered
caller hears ringing within 2s
caller is hung up
nothing is left
`)
}
