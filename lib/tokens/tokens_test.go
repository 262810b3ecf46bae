package tokens_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/tokens"
	"clearline/lib/users"
)

// folder keeps documents in memory, and can be out of reach.
type folder struct {
	mu   sync.Mutex
	docs map[[2]string][]byte
	down bool
}

var errDown = errors.New("the store is down")

func (f *folder) Documents(_ context.Context, in string) (found []store.Document, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, errDown
	}
	for key, text := range f.docs {
		if key[0] == in {
			found = append(found, store.Document{Folder: in, Name: key[1], Text: text})
		}
	}
	return found, nil
}

func (f *folder) PutDocument(_ context.Context, d store.Document) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return errDown
	}
	f.docs[[2]string{d.Folder, d.Name}] = d.Text
	return nil
}

func (f *folder) RemoveDocument(_ context.Context, in, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.docs, [2]string{in, name})
	return nil
}

func newKeeper() (*tokens.Keeper, *folder) {
	f := &folder{docs: map[[2]string][]byte{}}
	return tokens.New(f), f
}

func desk(name string) tokens.Token {
	return tokens.Token{Name: name, Role: users.Warden, Lines: []call.LineID{"flat-1"}}
}

func add(t *testing.T, k *tokens.Keeper, token tokens.Token) string {
	t.Helper()
	text, err := k.Add(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestATokenIsKnownAgain(t *testing.T) {
	kept, err := boltstore.Open(filepath.Join(t.TempDir(), "clearline.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}()
	text := add(t, tokens.New(kept), desk("home"))
	got, err := tokens.New(kept).Check(t.Context(), text)
	if err != nil || got.Name != "home" || got.Role != users.Warden || !slices.Equal(got.Lines, []call.LineID{"flat-1"}) {
		t.Errorf("%+v, %v", got, err)
	}
	all, err := tokens.New(kept).All(t.Context())
	if err != nil || len(all) != 1 || all[0].Used.IsZero() || all[0].Made.IsZero() {
		t.Errorf("listed %+v, %v", all, err)
	}
}

func TestTheTokenItselfIsKeptNowhere(t *testing.T) {
	k, f := newKeeper()
	text := add(t, k, desk("home"))
	secret := text[strings.LastIndex(text, "_")+1:]
	for key, doc := range f.docs {
		if bytes.Contains(doc, []byte(secret)) || strings.Contains(key[1], secret) {
			t.Errorf("%v holds %s", key, doc)
		}
	}
	if other := add(t, k, desk("work")); other == text || len(secret) < 26 {
		t.Errorf("made %s, then %s", text, other)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	k, _ := newKeeper()
	text, other := add(t, k, desk("home")), add(t, k, desk("work"))
	id, secret := strings.Split(text, "_")[1], strings.Split(text, "_")[2]
	otherID := strings.Split(other, "_")[1]
	for name, forged := range map[string]string{
		"nothing":                    "",
		"only the id":                "clearline_" + id,
		"an empty secret":            "clearline_" + id + "_",
		"another token's id":         "clearline_" + otherID + "_" + secret,
		"a letter more":              text + "A",
		"a letter less":              text[:len(text)-1],
		"another letter":             text[:len(text)-1] + string(text[len(text)-1]^1),
		"small letters":              strings.ToLower(text),
		"another mark":               "clearlime_" + id + "_" + secret,
		"an id of a folder above":    "clearline_../users_" + secret,
		"an id that there is not":    "clearline_aaaaaaaaaa_" + secret,
		"a hash of nothing":          strings.Repeat("\x00", 32),
		"something without an end":   strings.Repeat("clearline_", 100_000),
		"the secret alone":           secret,
		"the text twice":             text + text,
		"the text behind a blank":    " " + text,
		"the text with another name": "clearline_home_" + secret,
	} {
		if got, err := k.Check(t.Context(), forged); !errors.Is(err, tokens.ErrUnknown) || got.Name != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := k.Check(t.Context(), text); err != nil {
		t.Errorf("the right one: %v", err)
	}
}

func TestATokenThatIsRemovedIsRefusedASecondLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper()
		elsewhere := tokens.New(f) // another program removes it
		text := add(t, k, desk("home"))
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if err := elsewhere.Remove(t.Context(), "home"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + 1)
		if _, err := k.Check(t.Context(), text); !errors.Is(err, tokens.ErrUnknown) {
			t.Errorf("after the removal: %v", err)
		}
		if err := elsewhere.Remove(t.Context(), "home"); !errors.Is(err, tokens.ErrUnknown) {
			t.Errorf("a second removal: %v", err)
		}
		if len(f.docs) != 0 {
			t.Errorf("left are %v", f.docs)
		}
	})
}

func TestUsingATokenDoesNotBringItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper()
		text := add(t, k, desk("home"))
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if _, err := k.Check(t.Context(), text); err != nil { // reads the tokens anew
			t.Fatal(err)
		}
		if err := tokens.New(f).Remove(t.Context(), "home"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second / 2)
		_, _ = k.Check(t.Context(), text) // still known
		if all, err := tokens.New(f).All(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("there is %+v, %v", all, err)
		}
	})
}

func TestATokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := newKeeper()
		short := desk("home")
		short.Until = time.Now().Add(time.Hour)
		text := add(t, k, short)
		time.Sleep(time.Hour - 1)
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Errorf("just before: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := k.Check(t.Context(), text); !errors.Is(err, tokens.ErrUnknown) {
			t.Errorf("from then on: %v", err)
		}
	})
}

func TestWhenATokenWasUsedIsNotedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := newKeeper()
		text := add(t, k, desk("home"))
		first := time.Now()
		for range 59 {
			if _, err := k.Check(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		all, err := k.All(t.Context())
		if err != nil || !all[0].Used.Equal(first) {
			t.Errorf("used at %v, want %v, error %v", all[0].Used, first, err)
		}
		time.Sleep(time.Second)
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if all, err = k.All(t.Context()); err != nil || !all[0].Used.Equal(first.Add(time.Minute)) {
			t.Errorf("used at %v, a minute later, error %v", all[0].Used, err)
		}
	})
}

func TestTokensHoldWhileTheStoreIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, f := newKeeper()
		text := add(t, k, desk("home"))
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		f.down = true
		time.Sleep(time.Hour)
		if _, err := k.Check(t.Context(), text); err != nil {
			t.Errorf("with the store down: %v", err)
		}
		if _, err := tokens.New(f).Check(t.Context(), text); !errors.Is(err, errDown) {
			t.Errorf("who never read them: %v", err)
		}
	})
}

func TestWhatCannotBeATokenIsNotMade(t *testing.T) {
	k, _ := newKeeper()
	add(t, k, desk("home"))
	for name, token := range map[string]tokens.Token{
		"a name that is taken": desk("home"), "no name": desk(""), "the resident's name": desk("resident"), "a name with a blank": desk("a b"),
		"no role": {Name: "x", AllLines: true}, "no line": {Name: "x", Role: users.Viewer},
		"an end that is over": {Name: "x", Role: users.Admin, Until: time.Now().Add(-time.Hour)},
	} {
		if text, err := k.Add(t.Context(), token); err == nil || text != "" {
			t.Errorf("%s: made %q, %v", name, text, err)
		}
	}
}

func TestATokenThatCannotBeReadCostsThatTokenOnly(t *testing.T) {
	k, f := newKeeper()
	text := add(t, k, desk("home"))
	f.docs[[2]string{tokens.Folder, "broken"}] = []byte("no JSON")
	if _, err := tokens.New(f).Check(t.Context(), text); err != nil {
		t.Errorf("the sound one: %v", err)
	}
	if _, err := k.All(t.Context()); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("listed without a word about the other: %v", err)
	}
}
