package history_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
)

// notebook is Lists in memory.
type notebook struct {
	mu      sync.Mutex
	entries map[call.EntryKey]call.Entry
	fails   error // what Change says
	breaks  int   // after how many entries reading fails; 0 for never
}

func (n *notebook) Entries(_ context.Context, each func(call.Entry) error) error {
	n.mu.Lock()
	entries, breaks := slices.Collect(maps.Values(n.entries)), n.breaks
	n.mu.Unlock()
	for i, e := range entries {
		if i+1 == breaks {
			return errors.New("the disk is gone")
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

func (n *notebook) Change(_ context.Context, put []call.Entry, remove []call.EntryKey) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fails != nil {
		return n.fails
	}
	if n.entries == nil {
		n.entries = map[call.EntryKey]call.Entry{}
	}
	for _, k := range remove {
		delete(n.entries, k)
	}
	for _, e := range put {
		n.entries[e.Key()] = e
	}
	return nil
}

func entry(n int) call.Entry {
	return call.Entry{
		Line: "flat-1", List: call.Contacts, Pattern: fmt.Sprintf("+44163296%04d", n), Name: "Siân \"<b>\x1b\n", Verify: true, Word: "7426",
		Since: at, Until: at.Add(time.Hour), Source: "by hand",
	}
}

func read(t *testing.T, client history.Client) map[call.EntryKey]call.Entry {
	t.Helper()
	found := map[call.EntryKey]call.Entry{}
	err := client.Entries(t.Context(), func(e call.Entry) error {
		found[e.Key()] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheListsAreReadAndChanged(t *testing.T) {
	s := &shelf{}
	client, stop := serve(t, s)
	if got := read(t, client); len(got) != 0 {
		t.Errorf("no lists are %v", got)
	}
	want := map[call.EntryKey]call.Entry{}
	for first := 0; first < 10*history.Batch; first += history.Batch {
		var put []call.Entry
		for n := first; n < first+history.Batch; n++ {
			put = append(put, entry(n))
			want[entry(n).Key()] = entry(n)
		}
		if err := client.Change(t.Context(), put, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, client); !maps.Equal(got, want) {
		t.Errorf("%d entries are read, want %d", len(got), len(want))
	}
	named := entry(2)
	named.Name = "Ann"
	if err := client.Change(t.Context(), []call.Entry{named}, []call.EntryKey{named.Key(), entry(1).Key()}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, client); len(got) != len(want)-1 || got[named.Key()] != named {
		t.Errorf("%d entries, one %+v", len(got), got[named.Key()])
	}
	enough := errors.New("enough")
	if err := client.Entries(t.Context(), func(call.Entry) error { return enough }); err != enough { //nolint:errorlint // as it is
		t.Errorf("stopped with %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := client.Change(t.Context(), []call.Entry{named}, nil); !errors.Is(err, history.ErrNobody) {
		t.Errorf("changing nobody's lists: %v", err)
	}
	if err := client.Entries(t.Context(), nil); !errors.Is(err, history.ErrNobody) {
		t.Errorf("reading nobody's lists: %v", err)
	}
}

func TestChangesThatAreNoneAreRefused(t *testing.T) {
	s := &shelf{}
	client, _ := serve(t, s)
	strange, nothing := entry(1), entry(1)
	strange.List, nothing.Pattern = "friends", ""
	for want, put := range map[string][]call.Entry{
		"from 1 to 2000":           nil,
		"2001 entries":             make([]call.Entry, history.Batch+1),
		`no list "friends"`:        {entry(2), strange},
		"an entry of it has no pa": {nothing},
	} {
		if err := client.Change(t.Context(), put, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := client.Change(t.Context(), nil, []call.EntryKey{strange.Key()}); err == nil {
		t.Error("an unknown list is changed")
	}
	s.fails = errors.New("the disk is full")
	if err := client.Change(t.Context(), []call.Entry{entry(1)}, nil); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("a store that fails: %v", err)
	}
	if len(read(t, client)) != 0 {
		t.Error("something was changed")
	}
}

func TestListsThatBreakOffAreNotTakenForWhole(t *testing.T) {
	s := &shelf{}
	client, _ := serve(t, s)
	s.entries = map[call.EntryKey]call.Entry{}
	for n := range 2000 {
		s.entries[entry(n).Key()] = entry(n)
	}
	seen := 0
	count := func(call.Entry) error { seen++; return nil }
	s.breaks = 1
	if err := client.Entries(t.Context(), count); err == nil || !strings.Contains(err.Error(), "the disk is gone") || seen != 0 {
		t.Errorf("broken at once: %d entries, error %v", seen, err)
	}
	s.breaks = 1999
	if err := client.Entries(t.Context(), count); err == nil || !strings.Contains(err.Error(), "run the command again") || seen == 0 {
		t.Errorf("broken on its way: %d entries, error %v", seen, err)
	}
}

func TestHostileChangesHurtNobody(t *testing.T) {
	s := &shelf{}
	client, _ := serve(t, s)
	post := func(body io.Reader) int {
		t.Helper()
		transport := &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", client.Path)
			},
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://clearline/entries", body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			return 0 // hung up on
		}
		response.Body.Close()
		return response.StatusCode
	}
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "put me in", "another kind": `{"put":"all"}`, "no end": `{"put":[{"Line":"flat-1"`,
		"too long": `{"put":[{"Name":"` + strings.Repeat("x", 17<<20),
	} {
		if code := post(strings.NewReader(body)); code != http.StatusBadRequest && (code != 0 || name != "too long") {
			t.Errorf("%s is answered with %d", name, code)
		}
	}
	silent, lets := io.Pipe()
	defer lets.Close()
	time.AfterFunc(6*time.Second, func() { lets.Close() }) // the client waits for its own body
	begun := time.Now()
	if code := post(silent); code == http.StatusNoContent || time.Since(begun) > 15*time.Second {
		t.Errorf("who says nothing is answered with %d after %v", code, time.Since(begun))
	}
	if code := post(bytes.NewReader([]byte(`{"put":[{"List":"contacts","Pattern":"+441632960001"}],"later":1}`))); code != http.StatusNoContent {
		t.Errorf("a plain change is answered with %d", code)
	}
	if len(s.entries) != 1 {
		t.Errorf("the lists are %v", s.entries)
	}
}
