package mqtt_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"clearline/lib/call"
	"clearline/lib/mqtt"
	"clearline/lib/testbed/broker"
)

// house is what goes on, as the engine would say.
type house struct {
	mu    sync.Mutex
	calls []call.Underway
}

func (h *house) underway() []call.Underway {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

func (h *house) is(calls ...call.Underway) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = calls
}

func options(h *house, b *broker.Broker) mqtt.Options {
	return mqtt.Options{
		URL: b.URL(), Username: "clearline", Password: "sesame", Prefix: "clearline", Discovery: "homeassistant",
		Lines: []call.Line{{ID: "flat-1", Name: "Flat 1"}}, Region: "GB", Lasts: time.Hour,
		Underway: h.underway, Log: slog.New(slog.DiscardHandler), Connected: func(error) {},
	}
}

func started(t *testing.T, o mqtt.Options) *mqtt.Publisher {
	t.Helper()
	p, err := mqtt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// subscriber is somebody who reads everything the broker has, such as Home Assistant.
type subscriber struct {
	mu     sync.Mutex
	got    map[string]string   // the latest, by topic
	unread map[string][]string // in their order
}

func subscribe(t *testing.T, b *broker.Broker) *subscriber {
	t.Helper()
	s := &subscriber{got: map[string]string{}, unread: map[string][]string{}}
	address, err := url.Parse(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	connection, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls: []*url.URL{address}, KeepAlive: 20, ConnectUsername: "clearline", ConnectPassword: []byte("sesame"),
		ReconnectBackoff: func(int) time.Duration { return 50 * time.Millisecond },
		OnConnectionUp: func(c *autopaho.ConnectionManager, _ *paho.Connack) {
			go func() { // the next connection does it again
				_, _ = c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "#", QoS: 1}}})
			}()
		},
		ClientConfig: paho.ClientConfig{
			ClientID: "home",
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(r paho.PublishReceived) (bool, error) {
				s.mu.Lock()
				defer s.mu.Unlock()
				topic, text := r.Packet.Topic, string(r.Packet.Payload)
				s.got[topic], s.unread[topic] = text, append(s.unread[topic], text)
				return true, nil
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		<-connection.Done()
	})
	return s
}

// reads reads on until a topic holds a text.
func (s *subscriber) reads(t *testing.T, topic, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if s.next(topic, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come to hold %q, everything is %q", topic, want, s.got)
		}
	}
}

// next reads what came on a topic, and reports whether that was a text.
func (s *subscriber) next(topic, want string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.unread[topic]) > 0 {
		first := s.unread[topic][0]
		s.unread[topic] = s.unread[topic][1:]
		if strings.Contains(first, want) {
			return true
		}
	}
	return false
}

func (s *subscriber) topics() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic := range s.got {
		all = append(all, topic)
	}
	return all
}

var caller = call.Caller{Number: "+441632960123", Name: "<b>", Presentation: call.Allowed}

const line = "clearline/line/flat-1"

func TestALineIsFollowed(t *testing.T) {
	b, h := broker.For(t, "clearline", "sesame"), &house{}
	home := subscribe(t, b)
	p := started(t, options(h, b))
	defer p.Stop()
	home.reads(t, line, `{"state":"idle","incident":"OFF","caller":"none"}`)
	home.reads(t, "clearline/availability", "online")
	tell := func(news call.News, calls ...call.Underway) {
		h.is(calls...)
		p.Tell(news)
	}
	u := call.Underway{Call: "1", Line: "flat-1", Kind: "screening", Stage: "greeting", From: caller}
	tell(call.News{Kind: call.CallBegan, Line: "flat-1"}, u)
	home.reads(t, line, `"state":"screening"`)
	u.Stage, u.Waits = "asking", true
	tell(call.News{Kind: call.CallWaits, Line: "flat-1"}, u)
	home.reads(t, line, `{"state":"consulting","incident":"OFF","caller":"01632 960 123"}`)
	u.Stage, u.Waits = "guarded", false
	tell(call.News{Kind: call.CallMoved, Line: "flat-1"}, u)
	home.reads(t, line, `{"state":"guarded","incident":"OFF","caller":"none"}`)
	attempt := call.Attempt{ID: "2", Line: "flat-1", Urgency: call.High}
	tell(call.News{Kind: call.AttemptBegan, Line: "flat-1", Attempt: attempt}, u,
		call.Underway{Call: "2", Line: "flat-1", Kind: "clearing", Attempt: attempt})
	home.reads(t, line, `{"state":"clearing","incident":"ON"`)
	attempt.Outcome = call.OutcomeCleared
	tell(call.News{Kind: call.AttemptEnded, Line: "flat-1", Attempt: attempt})
	home.reads(t, line, `{"state":"idle","incident":"ON","caller":"none"}`)
}

func TestHomeAssistantFindsTheLines(t *testing.T) {
	b, h := broker.For(t, "clearline", "sesame"), &house{}
	o := options(h, b)
	o.Node = "pbx-a"
	defer started(t, o).Stop()
	late := subscribe(t, b) // everything is retained
	late.reads(t, "clearline/pbx-a/availability", "online")
	const prefix = "homeassistant/"
	for topic, template := range map[string]string{
		prefix + "sensor/clearline_pbx-a_flat-1/state/config":           "{{ value_json.state }}",
		prefix + "binary_sensor/clearline_pbx-a_flat-1/incident/config": "{{ value_json.incident }}",
		prefix + "sensor/clearline_pbx-a_flat-1/caller/config":          "{{ value_json.caller }}",
	} {
		late.reads(t, topic, "value_template")
		var found struct {
			UniqueID     string `json:"unique_id"`
			StateTopic   string `json:"state_topic"`
			Value        string `json:"value_template"`
			Availability string `json:"availability_topic"`
			Device       struct{ Name string }
		}
		if err := json.Unmarshal([]byte(late.got[topic]), &found); err != nil {
			t.Fatal(err)
		}
		if found.Value != template || found.StateTopic != "clearline/pbx-a/line/flat-1" || found.UniqueID == "" ||
			found.Availability != "clearline/pbx-a/availability" || found.Device.Name != "Flat 1" {
			t.Errorf("%s says %+v", topic, found)
		}
	}
	if topics := late.topics(); len(topics) != 5 {
		t.Errorf("the broker holds %q", topics)
	}
}

func TestTheBrokerSaysWhoIsGone(t *testing.T) {
	b, h := broker.For(t, "clearline", "sesame"), &house{}
	home := subscribe(t, b)
	o := options(h, b)
	cut := newCable(t, strings.TrimPrefix(b.URL(), "mqtt://"))
	o.URL = "mqtt://" + cut.address()
	p := started(t, o)
	home.reads(t, "clearline/availability", "online")
	cut.cut()
	home.reads(t, "clearline/availability", "offline")
	home.reads(t, "clearline/availability", "online") // it has connected again
	p.Stop()
	home.reads(t, "clearline/availability", "offline")
}

func TestABrokerThatComesBackEmptyIsToldEverything(t *testing.T) {
	b, h := broker.For(t, "clearline", "sesame"), &house{}
	p := started(t, options(h, b))
	defer p.Stop()
	subscribe(t, b).reads(t, "clearline/availability", "online")
	b.Stop()
	h.is(call.Underway{Call: "1", Line: "flat-1", Kind: "screening", Stage: "guarded", From: caller})
	p.Tell(call.News{Kind: call.CallMoved, Line: "flat-1"})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	home := subscribe(t, b)
	home.reads(t, line, `"state":"guarded"`)
	home.reads(t, "homeassistant/sensor/clearline_flat-1/state/config", "value_template")
}

func TestAWrongPasswordIsSaid(t *testing.T) {
	b, h := broker.For(t, "clearline", "sesame"), &house{}
	refused := make(chan error, 100)
	o := options(h, b)
	o.Password = "s3same"
	o.Connected = func(err error) { refused <- err }
	defer started(t, o).Stop()
	select {
	case err := <-refused:
		if err == nil || strings.Contains(err.Error(), "s3same") {
			t.Errorf("told is %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("nothing is told")
	}
}

func TestTellingNeverWaits(t *testing.T) {
	h := &house{}
	p, err := mqtt.New(mqtt.Options{URL: "mqtt://127.0.0.1:1", Prefix: "clearline", Underway: h.underway})
	if err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		p.Tell(call.News{Kind: call.CallMoved, Line: "flat-1"}) // nobody listens
	}
}

// cable is a way to the broker that can be cut.
type cable struct {
	listener net.Listener
	mu       sync.Mutex
	ends     []net.Conn
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{listener: listener}
	t.Cleanup(func() { _ = listener.Close(); c.cut() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			c.mu.Lock()
			c.ends = append(c.ends, near, far)
			c.mu.Unlock()
			go pass(near, far)
			go pass(far, near)
		}
	}()
	return c
}

func pass(from, to net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			_, _ = from.Close(), to.Close()
			return
		}
	}
}

func (c *cable) address() string { return c.listener.Addr().String() }

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, end := range c.ends {
		_ = end.Close()
	}
	c.ends = nil
}
