package peers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/peers"
)

// lasts is how long a node counts as living.
const lasts = 12 * time.Second

// hub carries what nodes say, as a Redis does.
type hub struct {
	mu        sync.Mutex
	down      bool
	dies      map[string]time.Time
	listeners map[string]func(word, text string)
}

func newHub() *hub {
	return &hub{dies: map[string]time.Time{}, listeners: map[string]func(word, text string){}}
}

var errDown = errors.New("the hub is down")

// tell tells one node, or all without a name.
func (h *hub) tell(to, word, text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return errDown
	}
	for node, listener := range h.listeners {
		if to == "" || to == node {
			go listener(word, text)
		}
	}
	return nil
}

func (h *hub) Announce(_ context.Context, node, run string, lasts time.Duration) (live []string, err error) {
	if err := h.tell("", "here", node+" "+run); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dies[node] = time.Now().Add(lasts)
	for name, at := range h.dies {
		if time.Now().Before(at) {
			live = append(live, name)
		}
	}
	return live, nil
}

func (h *hub) Withdraw(_ context.Context, node string) error {
	h.mu.Lock()
	delete(h.dies, node)
	h.mu.Unlock()
	return h.tell("", "gone", node)
}

func (h *hub) Post(_ context.Context, node, _ string, text []byte, _ time.Duration) error {
	return h.tell(node, "post", string(text))
}

func (h *hub) Listen(ctx context.Context, node string, began func(), here func(node, run string), gone func(node string), post func(text []byte)) error {
	var one sync.Mutex
	h.mu.Lock()
	h.listeners[node] = func(word, text string) {
		one.Lock()
		defer one.Unlock()
		switch word {
		case "here":
			name, run, _ := strings.Cut(text, " ")
			here(name, run)
		case "gone":
			gone(text)
		case "post":
			post([]byte(text))
		}
	}
	h.mu.Unlock()
	began()
	<-ctx.Done()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, node)
	return nil
}

func (h *hub) setDown(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

var errFault = errors.New("asterisk does not answer")

// join makes a node that has found what it is told.
func (h *hub) join(t *testing.T, name string, found call.Vacated, fault error) (*peers.Peers, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	p := peers.New(peers.Options{Name: name, Wire: h, Lasts: lasts, Log: slog.New(slog.NewTextHandler(&log, nil))})
	p.Start(t.Context(), func(_ context.Context, v call.Vacate) (call.Vacated, error) {
		if v != (call.Vacate{Line: "flat-1", Role: call.Emergency}) {
			t.Errorf("%s is asked for %+v", name, v)
		}
		return found, fault
	})
	synctest.Wait()
	return p, &log
}

func lives(t *testing.T, p *peers.Peers, nodes ...string) {
	t.Helper()
	synctest.Wait()
	if live := p.Live(); fmt.Sprint(live) != fmt.Sprint(nodes) {
		t.Errorf("those that live are %v, want %v", live, nodes)
	}
}

var vacate = call.Vacate{Line: "flat-1", Role: call.Emergency}

func TestNodesKnowEachOtherAndAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		found := call.Vacated{Legs: []call.LegID{"held"}, Suspects: []call.Caller{{Number: "+441632960200"}}}
		a, _ := h.join(t, "pbx-a", call.Vacated{}, nil)
		lives(t, a)
		b, _ := h.join(t, "pbx-b", found, nil)
		c, _ := h.join(t, "pbx-c", call.Vacated{}, errFault)
		lives(t, a, "pbx-b", "pbx-c")
		lives(t, b, "pbx-a", "pbx-c")
		if got, err := a.Vacate(t.Context(), "pbx-b", vacate); err != nil || !reflect.DeepEqual(got, found) {
			t.Errorf("pbx-b answers %+v, error %v", got, err)
		}
		if got, err := a.Vacate(t.Context(), "pbx-c", vacate); err == nil || !strings.Contains(err.Error(), errFault.Error()) || !strings.Contains(err.Error(), "pbx-c") {
			t.Errorf("pbx-c answers %+v, error %v", got, err)
		}
		if got, err := c.Vacate(t.Context(), "pbx-a", vacate); err != nil || len(got.Legs) != 0 {
			t.Errorf("pbx-a answers %+v, error %v", got, err)
		}
		b.Stop()
		lives(t, a, "pbx-b", "pbx-c")
		b.Withdraw(t.Context())
		lives(t, a, "pbx-c")
		a.Stop()
		c.Stop()
	})
}

func TestANodeThatDiedIsForgottenAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		h.dies["pbx-b"] = time.Now().Add(lasts)
		a, _ := h.join(t, "pbx-a", call.Vacated{}, nil)
		lives(t, a, "pbx-b")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.Vacate(ctx, "pbx-b", vacate); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a dead node gives %v", err)
		}
		time.Sleep(lasts / 2)
		lives(t, a, "pbx-b")
		time.Sleep(lasts)
		lives(t, a)
		a.Stop()
	})
}

func TestWhileNobodyCanBeReachedThoseThatLivedCountAsLiving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a, log := h.join(t, "pbx-a", call.Vacated{}, nil)
		b, _ := h.join(t, "pbx-b", call.Vacated{}, nil)
		h.setDown(true)
		time.Sleep(time.Minute)
		lives(t, a, "pbx-b")
		if _, err := a.Vacate(t.Context(), "pbx-b", vacate); !errors.Is(err, errDown) {
			t.Errorf("with the hub down it gives %v", err)
		}
		if n := strings.Count(log.String(), "other nodes cannot be reached"); n != 1 {
			t.Errorf("that is said %d times", n)
		}
		h.setDown(false)
		time.Sleep(time.Second)
		if _, err := a.Vacate(t.Context(), "pbx-b", vacate); err != nil {
			t.Error(err)
		}
		a.Stop()
		b.Stop()
	})
}

func TestANodeThatIsLostFromTheListIsNotTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a, _ := h.join(t, "pbx-a", call.Vacated{}, nil)
		time.Sleep(time.Second) // they speak at different times
		b, _ := h.join(t, "pbx-b", call.Vacated{}, nil)
		for range 20 {
			h.mu.Lock()
			clear(h.dies)
			h.mu.Unlock()
			time.Sleep(time.Second)
			lives(t, a, "pbx-b")
			lives(t, b, "pbx-a")
		}
		b.Stop()
		b.Withdraw(t.Context())
		lives(t, a)
		a.Stop()
	})
}

func TestTwoNodesOfOneNameAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a, log := h.join(t, "pbx-a", call.Vacated{}, nil)
		if strings.Contains(log.String(), "another Clearline") {
			t.Errorf("it takes itself for another: %s", log)
		}
		if err := h.tell("", "here", "pbx-a another-run"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !strings.Contains(log.String(), "another Clearline has the name of this node") {
			t.Errorf("nothing is said: %s", log)
		}
		lives(t, a)
		a.Stop()
	})
}

func TestNonsenseIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		a, _ := h.join(t, "pbx-a", call.Vacated{}, nil)
		for _, text := range []string{"", "{", "null", `{"ID":"x","From":"pbx-b"}`} {
			if err := h.Post(t.Context(), "pbx-a", "x", []byte(text), time.Second); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		a.Stop()
	})
}
