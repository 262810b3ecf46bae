// Package mqtt publishes how the lines are to an MQTT broker, in the shape that Home Assistant
// discovers by itself. Everything is retained, so that whoever subscribes knows it at once, and
// the broker says "offline" by itself when Clearline is gone. No call waits for any of it.
package mqtt

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"clearline/lib/call"
)

const (
	keepAlive  = 20               // seconds without a word after which the broker says "offline"
	connectMax = 5 * time.Second  // for a connection to be made
	publishMax = 5 * time.Second  // for one message to be taken
	againMost  = 30 * time.Second // between two attempts to connect
	lookEvery  = 5 * time.Second  // whether anything has changed that nobody has told
	byeMax     = 2 * time.Second
)

// Options are what a Publisher is made of.
type Options struct {
	URL                string // mqtt or mqtts, without credentials
	Username, Password string
	Prefix             string // of our topics
	Discovery          string // Home Assistant's prefix; empty for none
	Node               string // of several Clearlines, which this one is; empty for one alone
	Lines              []call.Line
	Region             string
	Lasts              time.Duration // an incident, from its last attempt
	Underway           func() []call.Underway
	Log                *slog.Logger
	Connected          func(error) // told when the broker is reached, and why it is not
}

// Publisher publishes. Its methods may be called from many goroutines.
type Publisher struct {
	opts   Options
	broker *url.URL
	states *states
	woken  chan struct{} // something may have changed
	fresh  chan struct{} // there is a new connection: the broker may know nothing

	stopping chan struct{}
	work     sync.WaitGroup
}

// New makes a publisher that does nothing before Start.
func New(opts Options) (*Publisher, error) {
	broker, err := url.Parse(opts.URL)
	if err != nil {
		return nil, fmt.Errorf("read the broker's address: %w", err)
	}
	return &Publisher{
		opts: opts, broker: broker, states: newStates(opts),
		woken: make(chan struct{}, 1), fresh: make(chan struct{}, 1), stopping: make(chan struct{}),
	}, nil
}

// Tell says that something has happened. It returns at once.
func (p *Publisher) Tell(n call.News) {
	p.states.note(n, time.Now())
	wake(p.woken)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Start connects, and goes on trying until Stop.
func (p *Publisher) Start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	connection, err := autopaho.NewConnection(ctx, p.config())
	if err != nil {
		cancel()
		return fmt.Errorf("connect to the broker: %w", err)
	}
	p.work.Go(func() {
		defer cancel()
		p.publish(ctx, connection)
		p.leave(connection)
	})
	return nil
}

// Stop says that Clearline is gone, and ends the connection. It is called once.
func (p *Publisher) Stop() {
	close(p.stopping)
	p.work.Wait()
}

// config is how the broker is reached.
func (p *Publisher) config() autopaho.ClientConfig {
	at := uint32(0) // the broker says so at once
	return autopaho.ClientConfig{
		ServerUrls: []*url.URL{p.broker}, KeepAlive: keepAlive, CleanStartOnInitialConnection: true,
		ConnectTimeout: connectMax,
		ReconnectBackoff: func(n int) time.Duration {
			if n == 0 {
				return 0
			}
			return min(time.Second<<min(n-1, 10), againMost)
		},
		ConnectUsername: p.opts.Username, ConnectPassword: []byte(p.opts.Password),
		WillMessage:    &paho.WillMessage{Retain: true, QoS: 1, Topic: p.states.availability(), Payload: []byte(offline)},
		WillProperties: &paho.WillProperties{WillDelayInterval: &at},
		OnConnectionUp: func(*autopaho.ConnectionManager, *paho.Connack) {
			p.opts.Log.Info("connected to the broker", "broker", p.broker.Host)
			p.opts.Connected(nil)
			wake(p.fresh)
		},
		OnConnectError: func(err error) {
			p.opts.Log.Warn("not connected to the broker", "broker", p.broker.Host, "err", err)
			p.opts.Connected(err)
		},
		ClientConfig: paho.ClientConfig{ClientID: clientID(p.opts)},
	}
}

// clientID tells the broker who this is: a run that is back takes the place of the one before.
func clientID(o Options) string {
	if o.Node == "" {
		return o.Prefix
	}
	return o.Prefix + "-" + o.Node
}

// publish publishes what has changed until it is to stop.
func (p *Publisher) publish(ctx context.Context, connection *autopaho.ConnectionManager) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stopping:
			return
		case <-p.fresh:
			p.states.forget()
		case <-p.woken:
		case <-ticker.C:
		}
		for _, m := range p.states.changed(p.opts.Underway(), time.Now()) {
			if err := p.send(ctx, connection, m); err != nil {
				break // once there is a connection again, everything is sent
			}
			p.states.published(m)
		}
	}
}

func (p *Publisher) send(ctx context.Context, connection *autopaho.ConnectionManager, m message) error {
	ctx, cancel := context.WithTimeout(ctx, publishMax)
	defer cancel()
	_, err := connection.Publish(ctx, &paho.Publish{QoS: 1, Retain: true, Topic: m.topic, Payload: []byte(m.payload)})
	return err
}

// leave says that Clearline is gone, and goodbye: the broker drops the will of who does.
func (p *Publisher) leave(connection *autopaho.ConnectionManager) {
	ctx, cancel := context.WithTimeout(context.Background(), byeMax)
	defer cancel()
	if p.send(ctx, connection, message{p.states.availability(), offline}) != nil {
		return // the will says it
	}
	_ = connection.Disconnect(ctx) // it is over either way
}

// encoded is a value as JSON. Nothing that is published can fail to be.
func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return string(text)
}
