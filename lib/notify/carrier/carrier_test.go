package carrier

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// carrying tells the test's own program that it is the one that carries.
const carrying = "CLEARLINE_TEST_CARRIES"

func TestMain(m *testing.M) {
	if os.Getenv(carrying) == "" {
		os.Exit(m.Run())
	}
	if err := Carry(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
}

// own is a carrier whose processes are this test.
func own(t *testing.T) *Carrier {
	t.Helper()
	t.Setenv(carrying, "yes")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // many processes end
	return New("/proc/self/exe")
}

// sink is an SMTP server that keeps what it gets.
type sink struct {
	mu   sync.Mutex
	got  []string
	to   []string
	deny error
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s}, nil }

type session struct{ *sink }

func (*session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, to)
	return s.deny
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(text))
	return err
}
func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// post starts an SMTP server and returns its address.
func post(t *testing.T) (*sink, string) {
	t.Helper()
	s := &sink{}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(s)
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
	return s, listener.Addr().String()
}

// asked is one request as a receiver saw it.
type asked struct {
	path, body string
	header     http.Header
}

// receiver starts an HTTP server that keeps what it is asked and answers status.
func receiver(t *testing.T, status int) (requests func() []asked, address string) {
	t.Helper()
	var mu sync.Mutex
	var all []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, asked{r.URL.Path, string(body), r.Header})
		mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	return func() []asked {
		mu.Lock()
		defer mu.Unlock()
		return all
	}, strings.TrimPrefix(server.URL, "http://")
}

var message = Message{
	ID: "incident:1:began", Event: "incident", Urgent: true,
	Title: "Siân’s flat: somebody may be under attack", Text: "999 was dialled.\n.\nThe caller: “<b>”",
}

func TestMailArrives(t *testing.T) {
	s, address := post(t)
	m := message
	m.URL = "smtp://" + address + "/?from=clearline@pbx.example&to=ann@example.org&usehtml=yes"
	if err := own(t).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 1 || len(s.to) != 1 || s.to[0] != "ann@example.org" {
		t.Fatalf("%d mails to %q", len(s.got), s.to)
	}
	got, err := mail.ReadMessage(strings.NewReader(s.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != m.Title {
		t.Errorf("the subject is %q, error %v", subject, err)
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("it is %s", kind)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || strings.ReplaceAll(strings.TrimSpace(string(body)), "\r\n", "\n") != m.Text {
		t.Errorf("it says %q, error %v", body, err)
	}
}

func TestNtfyAndWebhooksArrive(t *testing.T) {
	requests, address := receiver(t, http.StatusOK)
	c := own(t)
	for _, url := range []string{
		"ntfy://ann:sesame@" + address + "/house?scheme=http",
		"ntfy://" + address + "/house?scheme=http&priority=2",
		"generic+http://" + address + "/hook?template=json",
	} {
		m := message
		m.URL = url
		if err := c.Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	got := requests()
	if len(got) != 3 {
		t.Fatalf("%d requests", len(got))
	}
	title, err := new(mime.WordDecoder).DecodeHeader(got[0].header.Get("Title"))
	if err != nil || title != message.Title || got[0].body != message.Text || got[0].path != "/house" {
		t.Errorf("ntfy is asked %+v, title %q, error %v", got[0], title, err)
	}
	if first, second := got[0].header.Get("Priority"), got[1].header.Get("Priority"); first != "Max" || second != "Low" {
		t.Errorf("urgent messages have the priorities %q and %q", first, second)
	}
	var hook map[string]string
	if err := json.Unmarshal([]byte(got[2].body), &hook); err != nil {
		t.Fatal(err)
	}
	if hook["id"] != message.ID || hook["event"] != "incident" || hook["title"] != message.Title || hook["message"] != message.Text {
		t.Errorf("the hook is asked %v", hook)
	}
}

func TestWhatFailsIsSaidWithoutSecrets(t *testing.T) {
	_, failing := receiver(t, http.StatusInternalServerError)
	s, mailbox := post(t)
	s.deny = &smtp.SMTPError{Code: 550, Message: "no such user as ann@example.org"}
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // nobody listens there
	c := own(t)
	for name, test := range map[string]struct{ url, want string }{
		"a receiver that answers 500":       {"ntfy://ann:s3same@" + failing + "/s3cret-topic?scheme=http", "ntfy"},
		"a hook that answers 500":           {"generic+http://" + failing + "/s3cret-hook?token=s3same", "500"},
		"nobody at the address":             {"ntfy://ann:s3same@127.0.0.1:1/s3cret-topic?scheme=http", "connection refused"},
		"a service that says nothing of it": {"telegram://123456789:AAs3sames3sames3sames3sames3sames3sam@telegram?chats=4711s3cret", "connection refused"},
		"mail that is refused":              {"smtp://" + mailbox + "/?from=clearline@pbx.example&to=s3cret@example.org", "no such user"},
		"an unknown service":                {"pigeon://s3cret@s3same", "nknown service"},
		"a service without its topic":       {"ntfy://s3same@ntfy.example", "nitialize"},
	} {
		m := message
		m.URL = test.url
		err := c.Send(t.Context(), m)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if text := fmt.Sprint(err); strings.Contains(text, "s3same") || strings.Contains(text, "s3cret") {
			t.Errorf("%s: the error shows a secret: %s", name, text)
		}
	}
}

func TestAServerThatSaysNothingIsGivenUp(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var reached net.Conn
	came := make(chan struct{})
	ctx, giveUp := context.WithCancel(t.Context())
	go func() {
		reached, _ = listener.Accept()
		close(came)
		giveUp()
	}()
	m := message
	m.URL = "smtp://" + listener.Addr().String() + "/?from=clearline@pbx.example&to=ann@example.org"
	if err := own(t).Send(ctx, m); err == nil || err.Error() != "no answer in time" {
		t.Errorf("it ends with %v", err)
	}
	<-came
	if err := reached.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(reached); err != nil { // the end, as the process is gone
		t.Errorf("the connection is still there: %v", err)
	}
}

func TestAProcessThatFailsIsAnError(t *testing.T) {
	for name, command := range map[string][]string{
		"there is no such program":   {"/nonexistent"},
		"it exits with a failure":    {"/bin/false"},
		"it says nothing":            {"/bin/true"},
		"it says anything, too much": {"/usr/bin/head", "-c", "1000000", "/dev/zero"},
	} {
		if err := New(command...).Send(t.Context(), message); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAddressesAreChecked(t *testing.T) {
	for url, right := range map[string]bool{
		"ntfy://ntfy.example/house": true, "smtp://mail.example/?from=a@example.org&to=b@example.org": true,
		"generic+https://hooks.example/clearline": true, "matrix://user:sesame@matrix.example/": true,
		"signal://signal.example:8080/+441632960200/+441632960201":                    true,
		"telegram://123456789:AAs3sames3sames3sames3sames3sames3sam@telegram?chats=1": true,
		"smtp://mail.example/": false, "ntfy://ntfy.example": false, "pigeon://loft": false, "logger://": false, "::": false,
		"telegram://s3same@telegram?chats=1": false,
	} {
		err := Check(url)
		if (err == nil) != right {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3same") {
			t.Errorf("a secret is shown: %v", err)
		}
	}
}

func TestTheAddressesInTheDocumentAreUnderstood(t *testing.T) {
	text, err := os.ReadFile("../../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("\\| `([a-z]+(\\+https)?://[^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(found) < 8 {
		t.Fatalf("%d addresses are found", len(found))
	}
	for _, address := range found {
		// A token that Telegram could have given.
		url := strings.Replace(address[1], "123456789:token", "123456789:"+strings.Repeat("A", 35), 1)
		if err := Check(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
