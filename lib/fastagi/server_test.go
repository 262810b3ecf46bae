package fastagi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clearline/lib/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// policy is a Policy made of a function.
type policy func(context.Context, Arrival) Answer

func (p policy) Verdict(ctx context.Context, a Arrival) Answer { return p(ctx, a) }

// trusting trusts everybody.
func trusting(context.Context, Arrival) Answer {
	return Answer{Verdict: Trusted, Line: "flat-1", Reason: "a contact of the line"}
}

// logged is a log that tests read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serve runs a server until the test ends; it must end in order.
func serve(t *testing.T, p Policy, change ...func(*Server)) (*Server, *logged) {
	t.Helper()
	log := &logged{}
	s, err := New(Options{Listen: "127.0.0.1:0", Policy: p, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s, log
}

// client is what an exchange would be, in the hands of the test.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &client{t, conn, bufio.NewReader(conn)}
}

// question is a header as Asterisk sends it.
func question(script string, more ...string) string {
	return strings.Join(append([]string{
		"agi_network: yes", "agi_network_script: " + script, "agi_request: agi://127.0.0.1/" + script,
		"agi_channel: PJSIP/main-0000000a", "agi_language: en", "agi_type: PJSIP", "agi_uniqueid: 1795337316.2", "agi_version: 22.10.1",
		"agi_callerid: 01632960200", "agi_calleridname: Peter", "agi_callingpres: 0", "agi_callingani2: 0", "agi_callington: 0",
		"agi_callingtns: 0", "agi_dnid: unknown", "agi_rdnis: unknown", "agi_context: clearline-verdict", "agi_extension: s",
		"agi_priority: 2", "agi_enhanced: 0.0", "agi_accountcode: ", "agi_threadid: 1",
	}, more...), "\n") + "\n\n"
}

const verdict = "verdict?line=flat-1&dialled=01632960101&presentation=allowed_not_screened&attested="

// ask sends a text and takes every command, each answered as Asterisk does, until the
// server closes. It returns the commands.
func (c *client) ask(text string) []string {
	c.t.Helper()
	_, _ = c.Write([]byte(text)) // what is refused may be refused before its end
	var commands []string
	for {
		command, err := c.in.ReadString('\n')
		if err != nil {
			return commands
		}
		commands = append(commands, strings.TrimSuffix(command, "\n"))
		if _, err := c.Write([]byte("200 result=1\n")); err != nil {
			return commands
		}
	}
}

// told are the commands of trusting's answer.
var told = []string{
	`SET VARIABLE CLEARLINE_LINE "flat-1"`, `SET VARIABLE CLEARLINE_REASON "a contact of the line"`, `SET VARIABLE CLEARLINE_VERDICT "trusted"`,
}

func mustBeTold(t *testing.T, got []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(told, "\n") {
		t.Errorf("the exchange was told %q", got)
	}
}

func TestTheExchangeIsToldTheVerdictLast(t *testing.T) {
	asked := make(chan Arrival, 1)
	s, _ := serve(t, policy(func(ctx context.Context, a Arrival) Answer {
		asked <- a
		return trusting(ctx, a)
	}))
	mustBeTold(t, dial(t, s).ask(question(verdict+"passed")))
	a := <-asked
	if since := time.Since(a.At); since < 0 || since > 10*time.Second {
		t.Errorf("it arrived at %v", a.At)
	}
	a.At = time.Time{}
	want := Arrival{
		Leg: "1795337316.2", Line: "flat-1", Dialled: "01632960101",
		From: call.Caller{Number: "01632960200", Name: "Peter", Presentation: call.Allowed, Trunk: "main", Attested: call.AttestationPassed},
	}
	if a != want {
		t.Errorf("the policy was asked about\n%+v, want\n%+v", a, want)
	}
}

func TestAnAnswerWithoutALineIsAboutTheLineAskedFor(t *testing.T) {
	s, _ := serve(t, policy(func(context.Context, Arrival) Answer { return Answer{Verdict: Unknown} }))
	got := dial(t, s).ask(question(verdict))
	want := []string{`SET VARIABLE CLEARLINE_LINE "flat-1"`, `SET VARIABLE CLEARLINE_REASON ""`, `SET VARIABLE CLEARLINE_VERDICT "unknown"`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the exchange was told %q", got)
	}
}

// Whoever asks badly is told nothing, and whoever asks well behind him is answered.
func TestBrokenQuestionsAreNotAnswered(t *testing.T) {
	s, log := serve(t, policy(trusting))
	for name, text := range map[string]string{
		"another script":     question("elsewhere?line=flat-1"),
		"no script":          question(""),
		"dialled, unwanted":  question("dialled?line=flat-1&dialled=01632960998"),
		"an empty line only": "\n",
		"no AGI":             "GET /verdict HTTP/1.1\r\nHost: x\r\n\r\n",
		"ten megabytes":      strings.Repeat("agi_x: y\n", 10<<20/9),
		"one endless line":   strings.Repeat("x", 1<<20),
		"many lines":         strings.Repeat("a\n", maxLines) + question(verdict),
		"NULs":               strings.Repeat("\x00", 20<<10),
	} {
		t.Run(name, func(t *testing.T) {
			if got := dial(t, s).ask(text); len(got) > 0 {
				t.Errorf("told %q", got)
			}
			mustBeTold(t, dial(t, s).ask(question(verdict)))
		})
	}
	if n := strings.Count(log.String(), "\n"); n == 0 || n > 3 {
		t.Errorf("the log has %d lines:\n%s", n, log.String())
	}
}

func TestAHeaderThatIsOddIsStillAnswered(t *testing.T) {
	s, _ := serve(t, policy(trusting))
	for name, text := range map[string]string{
		"a name of ten kilobytes":        question(verdict, "agi_odd: "+strings.Repeat("Bank ", 2048)),
		"an empty line behind the name":  strings.Replace(question(verdict), "Peter", "Peter\n\nagi_odd: 1", 1),
		"lines without a colon":          question(verdict, "odd", "odder"),
		"NULs and no UTF-8 in the name":  strings.Replace(question(verdict), "Peter", "P\x00\xff\xfe", 1),
		"line ends of another system":    strings.ReplaceAll(question(verdict), "\n", "\r\n"),
		"words before the first command": question(verdict) + "agi_arg_1: x\nHello\n\n",
	} {
		t.Run(name, func(t *testing.T) { mustBeTold(t, dial(t, s).ask(text)) })
	}
}

func TestAHeaderThatComesByteByByteIsAnswered(t *testing.T) {
	s, _ := serve(t, policy(trusting))
	c := dial(t, s)
	text := question(verdict)
	for i := range len(text) - 1 {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			t.Fatal(err)
		}
	}
	mustBeTold(t, c.ask(text[len(text)-1:]))
}

// closes waits for the server to close, and returns how long that took.
func (c *client) closes() time.Duration {
	c.t.Helper()
	begun := time.Now()
	for {
		if _, err := c.in.ReadString('\n'); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.t.Fatal("the connection is still open")
			}
			return time.Since(begun)
		}
	}
}

func TestSilentAndSlowClientsAreClosedInTime(t *testing.T) {
	s, _ := serve(t, policy(trusting))
	for name, text := range map[string]string{
		"says nothing":            "",
		"stops in the header":     "agi_network: yes\nagi_netw",
		"answers no command":      question(verdict),
		"answers half a command":  question(verdict) + "200 res",
		"answers with an error":   question(verdict) + "510 Invalid or unknown command\n",
		"answers one of three":    question(verdict) + "200 result=1\n",
		"answers with half a kB":  question(verdict) + "200 result=" + strings.Repeat("1", 5000),
		"says that it is hung up": question(verdict) + "HANGUP\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, s)
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if took := c.closes(); took > 2*answerWithin {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestClientsThatFloodHurtNobodyElse(t *testing.T) {
	s, _ := serve(t, policy(trusting))
	for range mostClients / 2 {
		dial(t, s) // says nothing
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			flood := dial(t, s)
			for range 1000 {
				if _, err := fmt.Fprintf(flood, "agi_x%d: %s\n", i, strings.Repeat("y", 1000)); err != nil {
					return
				}
			}
		})
	}
	begun := time.Now()
	mustBeTold(t, dial(t, s).ask(question(verdict)))
	if took := time.Since(begun); took > answerWithin {
		t.Errorf("a client that behaves waited %v", took)
	}
	wg.Wait()
}

func TestTooManyClientsAreTurnedAwayAtOnce(t *testing.T) {
	s, _ := serve(t, policy(trusting), func(s *Server) { s.clients, s.within = make(chan struct{}, 3), 300*time.Millisecond })
	for range 3 {
		dial(t, s)
	}
	deadline := time.Now().Add(5 * time.Second)
	for len(s.clients) < 3 {
		if time.Now().After(deadline) {
			t.Fatal("they are not taken")
		}
		time.Sleep(time.Millisecond)
	}
	if got := dial(t, s).ask(question(verdict)); len(got) > 0 {
		t.Errorf("one too many was told %q", got)
	}
	for {
		if got := dial(t, s).ask(question(verdict)); len(got) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody is served when the silent have been closed")
		}
	}
}

func TestAPolicyThatFailsHurtsOnlyItsOwnCall(t *testing.T) {
	s, log := serve(t, policy(func(ctx context.Context, a Arrival) Answer {
		switch a.Line {
		case "panics":
			panic("the policy is broken")
		case "hangs":
			<-ctx.Done()
		case "says nothing":
			return Answer{}
		case "says nonsense":
			return Answer{Verdict: "perhaps"}
		}
		return trusting(ctx, a)
	}), func(s *Server) { s.within = 500 * time.Millisecond })
	for _, line := range []string{"panics", "hangs", "says%20nothing", "says%20nonsense"} {
		if got := dial(t, s).ask(question("verdict?line=" + line)); len(got) > 0 {
			t.Errorf("a policy that %s told %q", line, got)
		}
		mustBeTold(t, dial(t, s).ask(question(verdict)))
	}
	if !strings.Contains(log.String(), "the policy is broken") {
		t.Errorf("the log does not tell of it:\n%s", log.String())
	}
}

func TestTheCallIsNotHeldByAPolicyThatNeverReturns(t *testing.T) {
	free := make(chan struct{})
	s, err := New(Options{Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), Policy: policy(func(context.Context, Arrival) Answer {
		<-free
		return Answer{}
	})})
	if err != nil {
		t.Fatal(err)
	}
	s.within = 200 * time.Millisecond
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background()) }()
	if got := dial(t, s).ask(question(verdict)); len(got) > 0 {
		t.Errorf("told %q", got)
	}
	s.Close()
	select {
	case err := <-served:
		if err == nil {
			t.Error("nobody was told that the policy still works")
		}
	case <-time.After(5 * time.Second):
		t.Error("the server does not end")
	}
	close(free)
	s.work.Wait()
}

func TestQuestionsUnderWayAreAnsweredAtTheEnd(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	s, err := New(Options{Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), Policy: policy(func(ctx context.Context, a Arrival) Answer {
		close(asked)
		<-answer
		return trusting(ctx, a)
	})})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { served <- s.Serve(ctx) }()
	c := dial(t, s)
	commands := make(chan []string, 1)
	go func() { commands <- c.ask(question(verdict)) }()
	<-asked
	cancel()
	for { // nobody else is let in
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(answer)
	mustBeTold(t, <-commands)
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAnAddressThatIsTakenIsNamed(t *testing.T) {
	s, _ := serve(t, policy(trusting))
	_, err := New(Options{Listen: s.Addr().String(), Policy: policy(trusting), Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), s.Addr().String()) {
		t.Errorf("listening twice: %v", err)
	}
}

type learner chan Dialling

func (l learner) Dialled(_ context.Context, d Dialling) { l <- d }

func TestWhomAResidentDialsIsTold(t *testing.T) {
	heard := make(learner, 1)
	s, _ := serve(t, policy(trusting), func(s *Server) { s.learner = heard })
	if got := dial(t, s).ask(question("dialled?line=flat-1&dialled=+441632960998")); len(got) > 0 {
		t.Errorf("told %q", got)
	}
	d := <-heard
	if d.Leg != "1795337316.2" || d.Line != "flat-1" || d.Dialled != "+441632960998" || d.At.IsZero() {
		t.Errorf("heard %+v", d)
	}
}

func TestWhatBecomesOfAQuestionIsObserved(t *testing.T) {
	seen := make(chan Verdict, 10)
	s, _ := serve(t, policy(trusting), func(s *Server) {
		s.observe = func(v Verdict, took time.Duration) {
			if took <= 0 {
				t.Errorf("%q took %v", v, took)
			}
			seen <- v
		}
	})
	mustBeTold(t, dial(t, s).ask(question(verdict)))
	if v := <-seen; v != Trusted {
		t.Errorf("observed %q, want trusted", v)
	}
	dial(t, s).ask("nonsense\n\n")
	if v := <-seen; v != "" {
		t.Errorf("observed %q, want none", v)
	}
	if !s.Serving() {
		t.Error("a server that answers is said not to")
	}
	s.Close()
	if s.Serving() {
		t.Error("a server that is closed is said to answer")
	}
}
