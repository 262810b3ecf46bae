package main

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed/bench/stopwatch"
)

// quick is a stage with noises instead of speech, and what is printed on it.
func quick(t *testing.T, opt options) (*stage, *bytes.Buffer) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk")
	}
	opt.Fast = true
	var printed bytes.Buffer
	s, err := openStage(t.Context(), opt, &terminal{w: &printed})
	if err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s, &printed
}

func TestStoriesComeOutAsTold(t *testing.T) {
	s, printed := quick(t, options{})
	stories, err := chosen("")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		t.Run(story.key, func(t *testing.T) {
			printed.Reset()
			if err := s.tell(t.Context(), story); err != nil {
				t.Fatalf("%v\n%s", err, printed.String())
			}
			for _, want := range mustTell[story.key] {
				if !regexp.MustCompile(want).MatchString(printed.String()) {
					t.Errorf("nothing told like %q:\n%s", want, printed.String())
				}
			}
		})
	}
}

// mustTell are expressions for what the audience has to read.
var mustTell = map[string][]string{
	"a": {
		`robot +rings Flat 1 \(01632 960101\)`, `Clearline +answers`, `robot +says "This is an important`,
		`robot +hears "Hello. Call screening`, `robot +is hung up`, `=> The telephone in Flat 1 never rang`,
	},
	"b": {
		`Peter +presses [2-8]`, `display shows 01632 960200 Peter Marsh`, `resident +hears Peter: "Hello, this is Peter`,
		`resident +presses 1234`, `swallows a key and another and another and another`, `Peter +got 0 of 4 keys`,
	},
	"c": {`resident +presses 7`, `blocks the number`, `Ray +is turned away, unanswered`},
	"d": {
		`Derek +rings Flat 2 \(01632 960102\)`, `rings the telephone of Flat 2`, `Derek +plays a dial tone`, `resident +presses 101`,
		`Clearline +ends the call at once`, `clears the line for 101`, `resident +hears "Your last call has ended`,
		`has proved 1 of 1 other legs gone`, `police +is rung; the display shows 01632 960102`, `cut off \d+ ms after the last key; the real 101 rang`,
	},
	"e": {
		`Victor +rings Flat 3`, `resident +puts the call on hold`, `resident +dials 999`, `Victor +is hung up`,
		`operator +is rung; the display shows 01632 960103`, `ended \d+ ms after the resident dialled; 999 rang \d+ ms after it`,
	},
}

func TestStoryThatComesOutOtherwiseFails(t *testing.T) {
	s, printed := quick(t, options{})
	wrong, err := verbs.Parse("wrong", "phone caller is 01632 960200\ncaller rings 01632 960101\ncaller hears screening/greeting\ncaller hangs up\nthe call ended with completed")
	if err != nil {
		t.Fatal(err)
	}
	err = s.tell(t.Context(), story{key: "x", scenario: wrong})
	if err == nil || !strings.Contains(err.Error(), "caller-hung-up") {
		t.Errorf("told as if it were true: %v\n%s", err, printed.String())
	}
}

// TestSoftphonesOfTheAudience registers the two accounts that --keep prints, as real
// softphones do, and lets one ring the other through Clearline.
func TestSoftphonesOfTheAudience(t *testing.T) {
	s, printed := quick(t, options{Keep: true, Listen: freeAddress(t)})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bed := s.house.Bed
	if _, err := bed.Softphone(ctx, "mine", residentUser, s.phones.password); err != nil {
		t.Fatal(err)
	}
	if _, err := bed.Softphone(ctx, "other", strangerUser, s.phones.password); err != nil {
		t.Fatal(err)
	}
	conversation, err := verbs.Parse("softphones", strings.Join([]string{
		"other rings 01632 960101", "other is answered",
		"other hears screening/press-digit", "other presses the digit asked for",
		"other hears screening/ask-purpose", "wait 900ms", "other says tone 620 for 1500ms", "other presses #",
		"mine rings", "mine answers", "mine hears consult/call-from", "mine hears tone 620 within 20s",
		"mine presses 5", "mine and other hear each other", "mine presses 12", "wait 300ms", "other got none of 2 keys",
		"mine hangs up", "other is hung up", "the call ended with completed",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tell(ctx, story{key: "x", scenario: conversation}); err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	if !strings.Contains(printed.String(), "display shows 01632 960250") {
		t.Errorf("the stranger's number is not shown:\n%s", printed.String())
	}
}

// TestStrangerRingsAtTheAudience presses Enter under --keep and takes the call with a
// softphone.
func TestStrangerRingsAtTheAudience(t *testing.T) {
	s, printed := quick(t, options{Keep: true, Listen: freeAddress(t)})
	mine, err := s.house.Bed.Softphone(t.Context(), "mine", residentUser, s.phones.password)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kept := make(chan error, 1)
	go func() { kept <- s.keep(ctx, strings.NewReader("\n")) }()
	answering, over := context.WithTimeout(ctx, 2*time.Minute)
	defer over()
	if err := mine.Answer(answering); err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	for _, sound := range []string{"consult/call-from", "consult/to-accept"} {
		if _, _, err := mine.WaitHeard(answering, sound, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := mine.Press(answering, "5"); err != nil {
		t.Fatal(err)
	}
	chat := utterance{"Peter", chatWords(t)}
	if _, _, err := mine.WaitHeard(answering, chat.name(), 0); err != nil {
		t.Fatal(err)
	}
	if err := mine.HangUp(answering); err != nil {
		t.Fatal(err)
	}
	err = until(answering, "the end of the story", func() bool {
		s.out.mu.Lock()
		defer s.out.mu.Unlock()
		return strings.Contains(printed.String(), "he rings again")
	})
	cancel()
	if err := <-kept; err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, printed.String())
	}
}

// chatWords are what the simulated stranger says once put through.
func chatWords(t *testing.T) string {
	t.Helper()
	all, err := utterances()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if strings.Contains(u.words, "Try your keys") {
			return u.words
		}
	}
	t.Fatal("the stranger has nothing to say")
	return ""
}

// freeAddress is one nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return socket.LocalAddr().String()
}

func TestWordsOfMoments(t *testing.T) {
	l, err := newLexicon()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ who, what, want string }{
		{"Peter", "rings 01632960101", "rings Flat 1 (01632 960101)"},
		{"Derek", "rings 01632960102", "rings Flat 2 (01632 960102)"},
		{"resident", "rings 999", "dials 999"},
		{"resident", "hold: true", "puts the call on hold, and has a dial tone"},
		{"resident", "hold: false", ""},
		{"Derek", "plays a dial tone", "plays a dial tone"},
		{"resident", `is rung by "+441632960200" "Peter Marsh" as 101`, "is rung; the display shows 01632 960200 Peter Marsh"},
		{"resident", `is rung by "01614960222" "" as 101`, "is rung; the display shows 0161 496 0222"},
		{"robot", "hears screening/press-digit", `hears "To go on, press"`},
		{"robot", "hears digits/5", "hears ... five"},
		{"robot", "hears digits/pause", ""},
		{"Peter", "hears key 1", "hears the key 1"},
		{"Peter", "says tone 620", ""},
		{"Peter", `call with "x" ended: BYE cause 16`, "is hung up"},
		{"Peter", `call with "x" ended: BYE by us`, ""},
		{"Ray", `call with "x" ended: refused 603 cause 21`, "is turned away, unanswered"},
		{"clearline", "level=INFO msg=stage stage=greeting event=Began", "answers"},
		{"clearline", "level=INFO msg=stage stage=closing event=Stopped cause=fault", "ends the call: fault"},
		{"clearline", "level=INFO msg=stage stage=over event=LegGone cause=blocked", ""},
		{"clearline", `level=INFO msg="caller judged" line=flat-1 verdict=blocked rule=line-block`, "does not answer: this number is blocked"},
		{"clearline", `level=INFO msg="caller judged" line=flat-1 verdict=unknown rule=default`, ""},
		{"clearline", "level=INFO msg=stage line=flat-3 stage=ringing event=SearchDone", "rings the telephone of Flat 3"},
		{"clearline", `level=WARN msg="number dialled" line=flat-2 dialled=101`, "clears the line for 101: every other leg of it must be gone"},
		{"clearline", `level=INFO msg="attempt over" outcome=cleared found=2 gone=2`, "has proved 2 of 2 other legs gone, and lets the number be dialled"},
		{"clearline", `level=INFO msg="attempt over" outcome=abandoned found=2 gone=2`, ""},
		{"clearline", "level=WARN msg=incident urgency=high", "notes an incident, urgency high"},
		{"asterisk", "anything", ""},
	} {
		if got, _ := l.words(c.who, c.what); got.text != c.want {
			t.Errorf("%s %s: told as %q, want %q", c.who, c.what, got.text, c.want)
		}
	}
}

func TestTimesInWords(t *testing.T) {
	s := story{outcome: "cut off {bye} after the key, rang {ring} after it", lesson: "gone after {bye}"}
	got := s.timed(stopwatch.Delays{Bye: 8700 * time.Microsecond, Invite: 4321 * time.Millisecond})
	if got.outcome != "cut off 9 ms after the key, rang 4.3 s after it" || got.lesson != "gone after 9 ms" {
		t.Errorf("told as %q and %q", got.outcome, got.lesson)
	}
}

func TestEveryStoryNamesVoicesThatExist(t *testing.T) {
	all, err := utterances()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if voiceOf[u.who] == "" {
			t.Errorf("%s has no voice for %q", u.who, u.words)
		}
	}
	if len(all) < 6 {
		t.Errorf("only %d sentences found", len(all))
	}
}

func TestWordsAreLaidOutInAColumn(t *testing.T) {
	laid, _ := column(textColumn, strings.Repeat("word ", 40))
	for i, line := range strings.Split(laid, "\n") {
		if i == 0 {
			line = strings.Repeat(" ", textColumn) + line
		}
		if len(line) > lastColumn || !strings.HasPrefix(line, strings.Repeat(" ", textColumn)+"word") {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestAddressesForSoftphones(t *testing.T) {
	for _, c := range []struct{ listen, want string }{
		{"127.0.0.1:0", "127.0.0.1:0"},
		{"127.0.0.1:25070", "127.0.0.1:25070"},
		{"127.0.0.1", "127.0.0.1:5070"},
		{"nowhere", ""},
		{"192.0.2.1:5070", ""},
		{"127.0.0.1:port", ""},
	} {
		s, err := newSoftphones(options{Keep: true, Listen: c.listen})
		if (err == nil) != (c.want != "") || err == nil && s.listen != c.want {
			t.Errorf("--listen %s: %q, %v", c.listen, s.listen, err)
		}
	}
}
