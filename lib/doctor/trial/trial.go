// Package trial walks somebody at a telephone through a test call: whether the telephone
// rings, whether its sentences are heard, which of its keys arrive, and whether what is said
// into it does. It knows nothing of Asterisk, and says what it finds in the doctor's words.
package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clearline/lib/call"
	"clearline/lib/doctor"
	"clearline/lib/prompt"
)

// Telephone is the one that is tried.
type Telephone interface {
	// Ring rings until somebody picks up. The cause says why nobody did, and is empty when
	// somebody has.
	Ring(ctx context.Context) (call.Cause, error)
	// Say says a script to its end, or as far as it came when ctx is over.
	Say(ctx context.Context, script prompt.Script) error
	// Listen beeps and records for a few seconds.
	Listen(ctx context.Context) (Heard, error)
	// Keys are the keys that arrive. It is closed when the call is over.
	Keys() <-chan rune
}

// Heard is what came from a telephone.
type Heard struct {
	Recording call.RecordingID
	Sound     []byte // samples of 16 bits, 8000 in a second, little-endian
}

// Options say what is tried, and how patiently.
type Options struct {
	Endpoint string        // "PJSIP/101"
	DTMFMode string        // its dtmf_mode, in Asterisk's word; may be empty
	Ring     time.Duration // how long it rings
	Wait     time.Duration // how long a key is waited for, once it was asked for
}

// Now is the state of what is not a finding, but what happens at the moment.
const Now doctor.State = "now"

// The checks that a trial tells of, besides one for each key.
const (
	checkAnswer   = "answer"
	checkSound    = "sound"
	checkSpeech   = "speech"
	checkPlayback = "playback"
	checkHangUp   = "hang-up"
)

// keys are those tried, in this order, and the checks that tell of them.
var keys = []struct {
	key   rune
	check string
}{{'1', "key-1"}, {'2', "key-2"}, {'#', "key-hash"}, {'*', "key-star"}}

// visitor is one trial under way.
type visitor struct {
	Options
	phone   Telephone
	tell    func(doctor.Finding)
	arrived int // keys that came when they were asked for
}

// Run makes the test call, and tells what happens when it happens. An error says that it could
// not be made or gone on with; what is wrong with the telephone is a finding.
func Run(ctx context.Context, phone Telephone, o Options, tell func(doctor.Finding)) error {
	v := &visitor{Options: o, phone: phone, tell: tell}
	up, err := v.ring(ctx)
	if err != nil || !up {
		return err
	}
	for _, part := range []func(context.Context) error{v.greet, v.tryKeys, v.trySpeech, v.thank} {
		if err := part(ctx); err != nil {
			if !errors.Is(err, call.ErrLegGone) {
				return err
			}
			v.fail(checkHangUp, o.Endpoint+" was hung up before the test was over",
				"what comes after this is not known", "make the test call again, and listen until it says goodbye")
			return nil
		}
	}
	return nil
}

// ring rings the telephone, and says whether it was picked up.
func (v *visitor) ring(ctx context.Context) (up bool, err error) {
	v.now(checkAnswer, fmt.Sprintf("%s rings for %v at most: pick it up, and do what it says", v.Endpoint, v.Ring))
	cause, err := v.phone.Ring(ctx)
	if err != nil {
		return false, err
	}
	const why = "when Clearline asks a resident about a caller, it does not ring either"
	show := "asterisk -rx 'pjsip show endpoint " + strings.TrimPrefix(v.Endpoint, "PJSIP/") + "'"
	switch cause {
	case "":
		v.ok(checkAnswer, v.Endpoint+" rang, and was picked up")
		return true, nil
	case call.LineInUse:
		v.fail(checkAnswer, v.Endpoint+" is busy: somebody talks on it, or it lets nobody through", why,
			"when the call is over, try again; is \"do not disturb\" on?")
	case call.Refused:
		v.fail(checkAnswer, v.Endpoint+" refused the call", why, "pick up instead of refusing; is \"do not disturb\" on?")
	case call.NoAnswer:
		v.fail(checkAnswer, fmt.Sprintf("%s was not picked up within %v", v.Endpoint, v.Ring),
			"nothing is known of its keys and its sound; if it did not ring, no caller can be asked about either",
			"did it ring? Then try again, and pick up. Did it not? "+show+": Contact must be the telephone's address")
	default:
		v.fail(checkAnswer, v.Endpoint+" cannot be rung", why, show+": is it registered?")
	}
	return false, nil
}

func (v *visitor) greet(ctx context.Context) error {
	return v.phone.Say(ctx, prompt.Say(prompt.TrialHello))
}

func (v *visitor) tryKeys(ctx context.Context) error {
	for _, k := range keys {
		v.now(k.check, fmt.Sprintf("press %c", k.key))
		came, instead, err := v.ask(ctx, prompt.Say(prompt.TrialPress, prompt.Digit(k.key)), k.key)
		if err != nil {
			return err
		}
		if !came {
			v.keyMissing(k.check, k.key, instead)
			continue
		}
		v.arrived++
		v.ok(k.check, fmt.Sprintf("%c arrived", k.key))
	}
	if v.arrived > 0 {
		v.ok(checkSound, "what is said to "+v.Endpoint+" is heard: the key that was asked for was pressed")
		return nil
	}
	v.tell(doctor.Finding{
		Check: checkSound, State: doctor.Warn, What: "no key said whether anything is heard on " + v.Endpoint,
		Why: "a resident who hears nothing cannot be asked about callers",
		Do:  "ask whoever held it; if it was silent: pjsip.conf: direct_media = no, rtp_symmetric = yes, force_rport = yes, and the ports of rtp.conf open in the firewall",
	})
	return nil
}

// ask says a script and waits for a key, from the beginning on, and says what else came.
func (v *visitor) ask(ctx context.Context, script prompt.Script, want rune) (came bool, instead string, err error) {
	saying, stop := context.WithCancel(ctx)
	said := make(chan error, 1)
	go func() { said <- v.phone.Say(saying, script) }()
	speaking := true
	defer func() {
		if stop(); speaking {
			<-said
		}
	}()
	var over <-chan time.Time
	for {
		select {
		case key, up := <-v.phone.Keys():
			switch {
			case !up:
				return false, "", call.ErrLegGone
			case key == want:
				return true, "", nil
			}
			instead += string(key)
		case err := <-said:
			if speaking = false; err != nil {
				return false, "", err
			}
			over = time.After(v.Wait)
		case <-over:
			return false, instead, nil
		case <-ctx.Done():
			return false, "", ctx.Err()
		}
	}
}

func (v *visitor) keyMissing(check string, key rune, instead string) {
	what := fmt.Sprintf("%c did not arrive within %v", key, v.Wait)
	if instead != "" {
		what += "; " + instead + " did"
	}
	section := "pjsip.conf: [" + strings.TrimPrefix(v.Endpoint, "PJSIP/") + "] dtmf_mode = rfc4733"
	do := "in the telephone's own settings: send keys (DTMF) by RFC 4733, also called RFC 2833 or out of band; " + section
	if v.DTMFMode != "" && v.DTMFMode != "rfc4733" {
		do = section + ", which is " + v.DTMFMode + " now; then: asterisk -rx 'pjsip reload'; and the same in the telephone's own settings"
	}
	v.fail(check, what, "a resident can neither accept nor refuse a caller, nor dial for help in a call", do)
}

func (v *visitor) trySpeech(ctx context.Context) error {
	v.now(checkSpeech, "after the tone, count from one to five")
	if err := v.phone.Say(ctx, prompt.Say(prompt.TrialSpeak)); err != nil {
		return err
	}
	heard, err := v.phone.Listen(ctx)
	if err != nil {
		return err
	}
	level := loudest(heard.Sound)
	if level < quiet {
		v.fail(checkSpeech, "what was said into "+v.Endpoint+" was not heard",
			"callers do not hear the resident, and nobody can leave word by this telephone",
			"was anything said after the tone, and is its microphone on? Then pjsip.conf: rtp_symmetric = yes, force_rport = yes, direct_media = no, and the ports of rtp.conf open in the firewall")
		return nil
	}
	v.ok(checkSpeech, fmt.Sprintf("what was said into %s was heard, at %.0f dB", v.Endpoint, level))
	return v.playBack(ctx, heard.Recording)
}

// confirm is the key by which somebody says that they heard themselves.
const confirm = '1'

func (v *visitor) playBack(ctx context.Context, recording call.RecordingID) error {
	v.forgetKeys() // of somebody who counted with the keys
	v.now(checkPlayback, fmt.Sprintf("listen to what was said; if you heard it, press %c", confirm))
	script := prompt.Say(prompt.TrialArrived).Then(prompt.Recorded(recording)).Then(prompt.Say(prompt.TrialIfHeard, prompt.Digit(confirm)))
	came, _, err := v.ask(ctx, script, confirm)
	switch {
	case err != nil:
		return err
	case came:
		v.ok(checkPlayback, "audio goes both ways: who spoke has heard it")
	default:
		v.tell(doctor.Finding{
			Check: checkPlayback, State: doctor.Warn, What: "nobody said by a key that they heard what they had said",
			Why: "a resident may not hear what callers say", Do: "ask whoever held the telephone whether they heard it",
		})
	}
	return nil
}

// forgetKeys forgets what was pressed so far.
func (v *visitor) forgetKeys() {
	for {
		select {
		case _, up := <-v.phone.Keys():
			if up {
				continue
			}
		default:
		}
		return
	}
}

func (v *visitor) thank(ctx context.Context) error {
	err := v.phone.Say(ctx, prompt.Say(prompt.TrialThanks))
	if errors.Is(err, call.ErrLegGone) {
		return nil // all is said
	}
	return err
}

func (v *visitor) now(check, what string) {
	v.tell(doctor.Finding{Check: check, State: Now, What: what})
}

func (v *visitor) ok(check, what string) {
	v.tell(doctor.Finding{Check: check, State: doctor.OK, What: what})
}

func (v *visitor) fail(check, what, why, do string) {
	v.tell(doctor.Finding{Check: check, State: doctor.Fail, What: what, Why: why, Do: do})
}
