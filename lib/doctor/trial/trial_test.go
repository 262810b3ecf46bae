package trial_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/doctor"
	"clearline/lib/doctor/trial"
	"clearline/lib/prompt"
)

// handset is a telephone in the hand of somebody who does as planned.
type handset struct {
	cause   call.Cause
	presses map[prompt.Script]string // keys pressed while a script is said
	sound   []byte
	hangsUp prompt.Script // when this is said

	keys chan rune
	said []prompt.Script
}

const sentence = 2 * time.Second

func (h *handset) Ring(context.Context) (call.Cause, error) { return h.cause, nil }
func (h *handset) Keys() <-chan rune                        { return h.keys }

func (h *handset) Say(ctx context.Context, script prompt.Script) error {
	h.said = append(h.said, script)
	if script == h.hangsUp {
		return call.ErrLegGone
	}
	for _, k := range h.presses[script] {
		h.keys <- k
	}
	select {
	case <-time.After(sentence):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *handset) Listen(context.Context) (trial.Heard, error) {
	return trial.Heard{Recording: "of-the-test", Sound: h.sound}, nil
}

func press(key rune) prompt.Script { return prompt.Say(prompt.TrialPress, prompt.Digit(key)) }

// loud is a second of noise.
func loud() []byte { return slices.Repeat([]byte{0, 64, 0, 192}, 4000) }

// tried runs a trial and returns what was found, without what happened at the moment.
func tried(t *testing.T, h *handset, mode string) (found []doctor.Finding, err error) {
	t.Helper()
	h.keys = make(chan rune, 16)
	o := trial.Options{Endpoint: "PJSIP/101", DTMFMode: mode, Ring: 30 * time.Second, Wait: 10 * time.Second}
	err = trial.Run(t.Context(), h, o, func(f doctor.Finding) {
		if f.State != trial.Now {
			found = append(found, f)
		}
	})
	return found, err
}

// of is the finding of a check, in one line.
func of(found []doctor.Finding, check string) string {
	for _, f := range found {
		if f.Check == check {
			return strings.Join([]string{string(f.State), f.What, f.Do}, "; ")
		}
	}
	return "nothing"
}

func TestWhatIsFoundOnATelephone(t *testing.T) {
	all := map[prompt.Script]string{press('1'): "1", press('2'): "2", press('#'): "#", press('*'): "*"}
	for _, c := range []struct {
		name  string
		phone handset
		mode  string
		wants map[string]string // by check
	}{
		{"every key comes, and nobody speaks", handset{presses: all}, "rfc4733", map[string]string{
			"key-star": "ok; * arrived", "sound": "ok; what is said to PJSIP/101 is heard", "speech": "fail; what was said into PJSIP/101 was not heard", "playback": "nothing",
		}},
		{"somebody speaks, and presses nothing", handset{sound: loud()}, "rfc4733", map[string]string{
			"key-1": "fail; 1 did not arrive within 10s; in the telephone's own settings", "sound": "warn; no key said", "speech": "ok; what was said", "playback": "warn; nobody said",
		}},
		{"somebody counts with the keys", handset{sound: loud(), presses: map[prompt.Script]string{prompt.Say(prompt.TrialSpeak): "12345"}}, "rfc4733", map[string]string{
			"speech": "ok", "playback": "warn; nobody said",
		}},
		{"keys travel in the speech", handset{}, "inband", map[string]string{
			"key-2": "fail; 2 did not arrive within 10s; pjsip.conf: [101] dtmf_mode = rfc4733, which is inband now",
		}},
		{"other keys come", handset{presses: map[prompt.Script]string{press('2'): "85"}}, "rfc4733", map[string]string{"key-2": "fail; 2 did not arrive within 10s; 85 did"}},
		{"a wrong key first", handset{presses: map[prompt.Script]string{press('2'): "32"}}, "", map[string]string{"key-1": "fail", "key-2": "ok; 2 arrived", "sound": "ok"}},
		{"it is hung up half-way", handset{hangsUp: press('#'), presses: all}, "", map[string]string{"key-2": "ok", "hang-up": "fail; PJSIP/101 was hung up", "key-star": "nothing", "speech": "nothing"}},
		{"nobody picks up", handset{cause: call.NoAnswer}, "", map[string]string{"answer": "fail; PJSIP/101 was not picked up within 30s", "key-1": "nothing"}},
		{"it is busy", handset{cause: call.LineInUse}, "", map[string]string{"answer": "fail; PJSIP/101 is busy"}},
		{"it refuses", handset{cause: call.Refused}, "", map[string]string{"answer": "fail; PJSIP/101 refused the call"}},
		{"it is not there", handset{cause: call.Unreachable}, "", map[string]string{"answer": "fail; PJSIP/101 cannot be rung; asterisk -rx 'pjsip show endpoint 101'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				found, err := tried(t, &c.phone, c.mode)
				if err != nil {
					t.Fatal(err)
				}
				for check, want := range c.wants {
					if got := of(found, check); !strings.HasPrefix(got, want) {
						t.Errorf("%s: %s", check, got)
					}
				}
			})
		})
	}
}

func TestNobodyIsEverAskedToPressANumberForHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &handset{sound: loud()}
		if _, err := tried(t, h, ""); err != nil {
			t.Fatal(err)
		}
		for _, script := range h.said {
			if strings.Contains(string(script), string(prompt.Digit('9'))) || strings.Contains(string(script), "clearing/") {
				t.Errorf("it says %s", script)
			}
		}
		if last := h.said[len(h.said)-1]; last != prompt.Say(prompt.TrialThanks) {
			t.Errorf("the last it says is %s", last)
		}
	})
}

func TestATrialThatIsGivenUpEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*sentence)
		defer cancel()
		h := &handset{keys: make(chan rune)}
		begun := time.Now()
		err := trial.Run(ctx, h, trial.Options{Endpoint: "PJSIP/101", Wait: time.Minute}, func(doctor.Finding) {})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 3*sentence {
			t.Errorf("after %v it ends with %v", time.Since(begun), err)
		}
	})
}
