package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// tap passes on what Clearline and Asterisk say to each other, and notes it.
type tap struct {
	target string
	listen net.Listener
	done   sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	seen  []spoken
}

// spoken is a request with its answer, or an event.
type spoken struct {
	at   time.Time
	took time.Duration // of a request, until its answer; 0 of an event
	what string        // "POST /channels/ID/continue", "ChannelDestroyed"
}

// newTap begins to listen for who wants to speak to the server of a URL.
func newTap(direct string) (*tap, error) {
	server, err := url.Parse(direct)
	if err != nil {
		return nil, fmt.Errorf("tap %s: %w", direct, err)
	}
	var config net.ListenConfig
	listen, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("tap %s: %w", direct, err)
	}
	t := &tap{target: server.Host, listen: listen}
	t.done.Go(t.accept)
	return t, nil
}

// address is the URL that leads through the tap; the same URL where there is no tap.
func (t *tap) address(direct string) string {
	if t == nil {
		return direct
	}
	return strings.Replace(direct, t.target, t.listen.Addr().String(), 1)
}

// close ends all connections.
func (t *tap) close() {
	_ = t.listen.Close()
	t.mu.Lock()
	for _, c := range t.conns {
		_ = c.Close()
	}
	t.mu.Unlock()
	t.done.Wait()
}

func (t *tap) accept() {
	for {
		client, err := t.listen.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp4", t.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		t.mu.Lock()
		t.conns = append(t.conns, client, server)
		t.mu.Unlock()
		l := &listened{tap: t}
		t.done.Go(func() { relay(server, client, l.asked) })
		t.done.Go(func() { relay(client, server, l.told) })
	}
}

// relay copies until either end closes.
func relay(to, from net.Conn, note func([]byte)) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			note(buf[:n])
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// listened is one connection: requests follow one another, or it is the websocket.
type listened struct {
	tap    *tap
	mu     sync.Mutex
	asking spoken
}

var (
	request  = regexp.MustCompile(`^(GET|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n`)
	variable = regexp.MustCompile(`"variable":\s*"([^"]+)"`)
	event    = regexp.MustCompile(`"type":\s*"([A-Z]\w+)","timestamp"`)
	ids      = regexp.MustCompile(`/(channels|bridges|playbacks|recordings/live|recordings/stored)/[^/?]+`)
)

func (l *listened) asked(b []byte) {
	m := request.FindSubmatch(b)
	if m == nil {
		return
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(string(m[2]), "/ari"), "?")
	path = ids.ReplaceAllString(path, "/$1/ID")
	if v := variable.FindSubmatch(b); v != nil {
		path += " " + string(v[1])
	} else if values, err := url.ParseQuery(query); err == nil && values.Get("variable") != "" {
		path += " " + values.Get("variable")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking = spoken{at: time.Now(), what: string(m[1]) + " " + path}
}

func (l *listened) told(b []byte) {
	now := time.Now()
	if strings.HasPrefix(string(b[:min(9, len(b))]), "HTTP/1.1 ") {
		l.mu.Lock()
		answered := l.asking
		l.mu.Unlock()
		answered.took = now.Sub(answered.at)
		answered.what += " -> " + string(b[9:min(12, len(b))])
		l.tap.note(answered)
		return
	}
	for _, m := range event.FindAllSubmatch(b, -1) {
		l.tap.note(spoken{at: now, what: string(m[1])})
	}
}

func (t *tap) note(s spoken) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = append(t.seen, s)
}

// between returns what was said in a time, in order of its beginning.
func (t *tap) between(from, to time.Time) []spoken {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := slices.DeleteFunc(slices.Clone(t.seen), func(s spoken) bool { return s.at.Before(from) || s.at.After(to) })
	slices.SortStableFunc(found, func(a, b spoken) int { return a.at.Compare(b.at) })
	return found
}

// printOne lists what was said, with the time since a key. Events of which nothing depends
// on the single one are counted.
func printOne(w io.Writer, said []spoken, key time.Time) {
	for i := 0; i < len(said); {
		s, same := said[i], 1
		for s.took == 0 && i+same < len(said) && said[i+same].took == 0 && said[i+same].what == s.what {
			same++
		}
		took, times := "", ""
		if s.took > 0 {
			took = ms(s.took)
		}
		if same > 1 {
			times = fmt.Sprintf(", %d times until %s", same, ms(said[i+same-1].at.Sub(key)))
		}
		_, _ = fmt.Fprintf(w, "  %8s  %7s  %s%s\n", ms(s.at.Sub(key)), took, s.what, times)
		i += same
	}
}

// printAll counts what was said by its kind.
func printAll(w io.Writer, said []spoken, clearings int) {
	kinds := map[string][]time.Duration{}
	for _, s := range said {
		kinds[s.what] = append(kinds[s.what], s.took)
	}
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return len(kinds[b]) - len(kinds[a]) })
	for _, name := range names {
		s := spreadOf(kinds[name])
		_, _ = fmt.Fprintf(w, "  %6.1f  %8s  %8s  %8s  %s\n", float64(len(kinds[name]))/float64(clearings), ms(s.median), ms(s.p99), ms(s.longest), name)
	}
}
