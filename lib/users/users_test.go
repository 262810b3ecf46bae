package users_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/users"
)

// drawer keeps documents in memory.
type drawer struct {
	mu   sync.Mutex
	kept map[string][]byte
	err  error
}

func (d *drawer) Documents(context.Context, string) (found []store.Document, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(d.kept)) {
		found = append(found, store.Document{Folder: users.Folder, Name: name, Text: d.kept[name]})
	}
	return found, d.err
}

func (d *drawer) PutDocument(_ context.Context, doc store.Document) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[string][]byte{}
	}
	d.kept[doc.Name] = doc.Text
	return d.err
}

func (d *drawer) RemoveDocument(_ context.Context, _, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, name)
	return d.err
}

const password = "correct horse battery"

var (
	ann = users.User{Name: "ann", Role: users.Admin}
	bob = users.User{Name: "bob", Role: users.Warden, Lines: []call.LineID{"flat-1"}}
)

// keeping makes a keeper of ann and bob.
func keeping(t *testing.T) (*users.Keeper, *drawer) {
	t.Helper()
	d := &drawer{}
	k := users.New(d)
	for _, u := range []users.User{ann, bob} {
		if err := k.Add(t.Context(), u, password); err != nil {
			t.Fatal(err)
		}
	}
	return k, d
}

func known(t *testing.T, k *users.Keeper, name string) users.User {
	t.Helper()
	u, err := k.Lookup(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestWhoIsNoUserIsRefused(t *testing.T) {
	k := users.New(&drawer{})
	for _, u := range []users.User{
		{Name: "", Role: users.Admin},
		{Name: "resident", Role: users.Admin},
		{Name: "Ann", Role: users.Admin},
		{Name: "../ann", Role: users.Admin},
		{Name: "ann ", Role: users.Admin},
		{Name: strings.Repeat("a", 41), Role: users.Admin},
		{Name: "ann", Role: "owner"},
		{Name: "ann", Role: users.Warden},
		{Name: "ann", Role: users.Viewer},
	} {
		if err := k.Add(t.Context(), u, password); err == nil {
			t.Errorf("%+v was added", u)
		}
	}
	for _, weak := range []string{"", "short", "aaaaaaaaaaaaaaaa", "annabelle-2026", strings.Repeat("long ", 200), "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4"} {
		if err := k.Add(t.Context(), users.User{Name: "annabelle", Role: users.Admin}, weak); err == nil {
			t.Errorf("the password %q was taken", weak)
		}
	}
}

func TestAPasswordIsKeptAsAHashOnly(t *testing.T) {
	k, d := keeping(t)
	for name, text := range d.kept {
		if strings.Contains(string(text), password) || !strings.Contains(string(text), "$argon2id$v=19$m=47104,t=1,p=1$") {
			t.Errorf("%s is kept as %s", name, text)
		}
	}
	if known(t, k, "ann").Password == known(t, k, "bob").Password {
		t.Error("equal passwords have equal hashes")
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	k, _ := keeping(t)
	if err := k.Add(t.Context(), users.User{Name: "ann", Role: users.Viewer, AllLines: true}, password); !errors.Is(err, users.ErrThere) {
		t.Errorf("ann a second time: %v", err)
	}
	if u := known(t, k, "ann"); u.Role != users.Admin {
		t.Errorf("ann is %+v", u)
	}
}

func TestAWardenSeesTheirLinesAndAnAdminAll(t *testing.T) {
	k, _ := keeping(t)
	b, a := known(t, k, "bob"), known(t, k, "ann")
	if !b.Sees("flat-1") || b.Sees("flat-2") || b.Sees("") || !a.Sees("flat-2") {
		t.Errorf("bob %+v, ann %+v", b, a)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	k, _ := keeping(t)
	if err := k.Remove(t.Context(), "ann"); !errors.Is(err, users.ErrLast) {
		t.Errorf("removing the last admin: %v", err)
	}
	demote := func(u *users.User) error {
		u.Role, u.AllLines = users.Viewer, true
		return nil
	}
	if err := k.Change(t.Context(), "ann", demote); !errors.Is(err, users.ErrLast) {
		t.Errorf("making the last admin a viewer: %v", err)
	}
	if err := errors.Join(k.Remove(t.Context(), "bob"), k.Remove(t.Context(), "ann")); err != nil {
		t.Errorf("nobody is left to need an admin: %v", err)
	}
	if err := k.Remove(t.Context(), "ann"); !errors.Is(err, users.ErrUnknown) {
		t.Errorf("removing nobody: %v", err)
	}
}

func TestWhateverChangesAUserEndsWhatTheyAreSignedInTo(t *testing.T) {
	k, _ := keeping(t)
	epochs := []string{known(t, k, "bob").Epoch}
	for _, change := range []func() error{
		func() error { return k.SetPassword(t.Context(), "bob", "another good password") },
		func() error {
			return k.Change(t.Context(), "bob", func(u *users.User) error {
				u.Role = users.Viewer
				return nil
			})
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		now := known(t, k, "bob").Epoch
		if now == "" || slices.Contains(epochs, now) {
			t.Errorf("the epochs are %q, and now %q", epochs, now)
		}
		epochs = append(epochs, now)
	}
}

func TestWhoIsKnownIsKnownWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, d := keeping(t)
		known(t, k, "ann")
		d.err = store.ErrUnreachable
		d.kept = nil
		time.Sleep(time.Minute)
		if _, err := k.Lookup(t.Context(), "ann"); err != nil {
			t.Errorf("ann, while the store is away: %v", err)
		}
		d.err = nil
		time.Sleep(time.Minute)
		if _, err := k.Lookup(t.Context(), "ann"); !errors.Is(err, users.ErrUnknown) {
			t.Errorf("ann, who was removed: %v", err)
		}
	})
}

func TestADamagedDocumentIsNobody(t *testing.T) {
	k, d := keeping(t)
	d.kept["bob"] = []byte("no JSON")
	if _, err := k.Lookup(t.Context(), "bob"); !errors.Is(err, users.ErrUnknown) {
		t.Errorf("bob is %v", err)
	}
	known(t, k, "ann")
	if _, err := k.All(t.Context()); err == nil || !strings.Contains(err.Error(), `"bob"`) {
		t.Errorf("the list says %v", err)
	}
}

func TestOnlyNamePasswordAndCodeTogetherLetIn(t *testing.T) {
	k, _ := keeping(t)
	door := &users.Door{Keeper: k}
	if u, err := door.Enter(t.Context(), "bob", password, ""); err != nil || u.Name != "bob" {
		t.Errorf("bob: %+v, error %v", u, err)
	}
	for _, wrong := range [][3]string{
		{"bob", "correct horse batterY"},
		{"bob", ""},
		{"bob", strings.Repeat("x", 1<<20)},
		{"carol", password},
		{"carol", "a password that nobody has"},
		{"", password},
	} {
		if _, err := door.Enter(t.Context(), wrong[0], wrong[1], wrong[2]); !errors.Is(err, users.ErrWrong) {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
}

func TestWhoWasJustMadeElsewhereComesIn(t *testing.T) {
	k, d := keeping(t)
	known(t, k, "bob")
	carol := users.User{Name: "carol", Role: users.Viewer, AllLines: true}
	if err := users.New(d).Add(t.Context(), carol, password); err != nil {
		t.Fatal(err)
	}
	if u, err := (&users.Door{Keeper: k}).Enter(t.Context(), "carol", password, ""); err != nil || u.Name != "carol" {
		t.Errorf("carol: %+v, error %v", u, err)
	}
	known(t, k, "carol")
}

// The vectors of RFC 6238, appendix B, for SHA-1, of which six digits are used.
func TestCodesAreThoseOfTheRFCAndAreTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := keeping(t)
		door := &users.Door{Keeper: k}
		err := k.Change(t.Context(), "bob", func(u *users.User) error {
			u.Secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, vector := range []struct {
			at   int64
			code string
		}{{1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}} {
			time.Sleep(time.Until(time.Unix(vector.at, 0)))
			for _, wrong := range []string{"", "000000", vector.code + "0", "00" + vector.code} {
				if _, err := door.Enter(t.Context(), "bob", password, wrong); !errors.Is(err, users.ErrWrong) {
					t.Errorf("at %d the code %q: %v", vector.at, wrong, err)
				}
			}
			if _, err := door.Enter(t.Context(), "bob", password, vector.code); err != nil {
				t.Errorf("at %d the code %q: %v", vector.at, vector.code, err)
			}
			if _, err := door.Enter(t.Context(), "bob", password, vector.code); !errors.Is(err, users.ErrWrong) {
				t.Errorf("at %d the code %q again: %v", vector.at, vector.code, err)
			}
		}
	})
}

func TestASecretCanBeScanned(t *testing.T) {
	secret, address, err := users.NewSecret("bob")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != secret || u.Query().Get("issuer") != "Clearline" {
		t.Errorf("%s is %s, error %v", secret, address, err)
	}
}

func TestAHashOfAnotherStrengthIsMadeAnew(t *testing.T) {
	k, d := keeping(t)
	weaken(t, d, "bob", weakHash(t))
	before := known(t, k, "bob")
	if _, err := (&users.Door{Keeper: k}).Enter(t.Context(), "bob", "a wrong password", ""); !errors.Is(err, users.ErrWrong) {
		t.Errorf("a wrong password: %v", err)
	}
	if now := known(t, k, "bob"); now.Password != before.Password {
		t.Error("a wrong password has changed the hash")
	}
	if _, err := (&users.Door{Keeper: k}).Enter(t.Context(), "bob", password, ""); err != nil {
		t.Fatal(err)
	}
	now := known(t, k, "bob")
	if !strings.Contains(now.Password, "m=47104,") || now.Epoch != before.Epoch {
		t.Errorf("bob was %+v, and is %+v", before, now)
	}
	if _, err := (&users.Door{Keeper: k}).Enter(t.Context(), "bob", password, ""); err != nil {
		t.Errorf("with the hash that was made anew: %v", err)
	}
}

// weaken gives a user another hash behind the keeper's back.
func weaken(t *testing.T, d *drawer, name, hash string) {
	t.Helper()
	var u users.User
	err := json.Unmarshal(d.kept[name], &u)
	u.Password = hash
	text, failed := json.Marshal(u)
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	d.kept[name] = text
}

// weakHash is what an earlier version, or another setting, may have made of the password.
func weakHash(t *testing.T) string {
	t.Helper()
	text, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
