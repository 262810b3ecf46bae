// Package tokens keeps what lets programs use the API, and finds out whose a token is.
package tokens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/users"
)

// The folders of the documents: what tokens are, and when each was last used, by their ids.
// They are apart so that noting the use of a token that is just being removed does not bring
// it back.
const (
	Folder     = "tokens"
	FolderUsed = "tokens-used"
)

// The errors that are told apart.
var (
	ErrUnknown = errors.New("there is no such token")
	ErrThere   = errors.New("there is a token of that name already")
)

const (
	fresh     = time.Second // what is known may be old for so long: a token that was removed goes on until then
	usedEvery = time.Minute // the use of a token is noted once in so long
	mark      = "clearline" // what a token begins with, so that it can be told in a leak
	idLength  = 10          // of an id, in characters of 5 bits
)

// Token is what a program may do. The token itself is kept nowhere.
type Token struct {
	ID       string     `json:"-"` // stands in the token, for all to see
	Name     string     // of the program; what it does is recorded under "token:" and this
	Role     users.Role // what it may do
	Lines    []call.LineID
	AllLines bool
	Hash     []byte    // SHA-256 of the token, which is too long to be guessed
	Made     time.Time // by the clock of who made it
	Until    time.Time // it is refused from then on; zero for never
	Used     time.Time `json:"-"` // when it was last used, to a minute; zero for never
}

// Keeper keeps tokens among the documents of a store. Its methods may be called from many
// goroutines at once.
type Keeper struct {
	docs store.Documents

	changing sync.Mutex // held while tokens are read and then written

	mu    sync.Mutex
	known map[string]Token
	read  time.Time            // when known was read
	noted map[string]time.Time // when the use of each was noted
}

// New makes a keeper.
func New(docs store.Documents) *Keeper { return &Keeper{docs: docs, noted: map[string]time.Time{}} }

// Add makes a token and returns its text, which nobody can find out again. The error wraps
// ErrThere when the name is taken.
func (k *Keeper) Add(ctx context.Context, t Token) (text string, err error) {
	if err := t.check(); err != nil {
		return "", err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	all, err := k.All(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(all, func(other Token) bool { return other.Name == t.Name }) {
		return "", fmt.Errorf("add token %s: %w", t.Name, ErrThere)
	}
	t.ID = strings.ToLower(rand.Text()[:idLength])
	text = mark + "_" + t.ID + "_" + rand.Text() // 128 bits
	t.Hash, t.Made = digest(text), time.Now().UTC()
	if err := k.put(ctx, Folder, t.ID, t); err != nil {
		return "", fmt.Errorf("add token %s: %w", t.Name, err)
	}
	k.forget()
	return text, nil
}

// check says what is wrong with a token that is to be made.
func (t Token) check() error {
	if err := users.CheckName(t.Name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(users.Roles(), t.Role):
		return fmt.Errorf("there is no role %q: choose admin, warden or viewer", t.Role)
	case t.Role != users.Admin && !t.AllLines && len(t.Lines) == 0:
		return fmt.Errorf("token %s is for no line: name the lines, or all", t.Name)
	case !t.Until.IsZero() && !t.Until.After(time.Now()):
		return fmt.Errorf("token %s is over already", t.Name)
	}
	return nil
}

func digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func (k *Keeper) put(ctx context.Context, folder, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return k.docs.PutDocument(ctx, store.Document{Folder: folder, Name: name, Text: text})
}

// All returns every token, by name, as the store has them now. One whose document cannot be
// understood is left out, and named by the error.
func (k *Keeper) All(ctx context.Context) ([]Token, error) {
	found, err := k.docs.Documents(ctx, Folder)
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	uses, err := k.docs.Documents(ctx, FolderUsed)
	if err != nil {
		return nil, fmt.Errorf("read when tokens were used: %w", err)
	}
	used := map[string]time.Time{}
	for _, d := range uses {
		var at time.Time
		if json.Unmarshal(d.Text, &at) == nil { // otherwise it was never used, as far as is known
			used[d.Name] = at
		}
	}
	var all []Token
	var faults []error
	for _, d := range found {
		var t Token
		if err := json.Unmarshal(d.Text, &t); err != nil {
			faults = append(faults, fmt.Errorf("read token %q: %w", d.Name, err))
			continue
		}
		t.ID, t.Used = d.Name, used[d.Name]
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Token) int { return strings.Compare(a.Name, b.Name) })
	return all, errors.Join(faults...)
}

// Remove takes the token of a name away. The error wraps ErrUnknown when there is none.
func (k *Keeper) Remove(ctx context.Context, name string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	all, err := k.All(ctx)
	at := slices.IndexFunc(all, func(t Token) bool { return t.Name == name })
	switch {
	case at < 0 && err != nil:
		return err
	case at < 0:
		return fmt.Errorf("remove token %s: %w", name, ErrUnknown)
	}
	defer k.forget()
	if err := k.docs.RemoveDocument(ctx, Folder, all[at].ID); err != nil {
		return fmt.Errorf("remove token %s: %w", name, err)
	}
	if err := k.docs.RemoveDocument(ctx, FolderUsed, all[at].ID); err != nil {
		return fmt.Errorf("remove when token %s was used: %w", name, err)
	}
	return nil
}

// forget makes the next Check read.
func (k *Keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read = time.Time{}
}

// Check returns the token of a text as it was a second ago at most, and notes that it was
// used. While the store cannot be read, what was last known holds. The error is ErrUnknown
// for a text that is none, and for one that is over; it takes the same whatever is wrong.
func (k *Keeper) Check(ctx context.Context, text string) (Token, error) {
	known, err := k.tokens(ctx)
	if err != nil {
		return Token{}, err
	}
	rest, _ := strings.CutPrefix(text, mark+"_")
	id, _, _ := strings.Cut(rest, "_")
	t, found := known[id]
	if !found {
		t.Hash = make([]byte, sha256.Size) // of nothing
	}
	right := subtle.ConstantTimeCompare(digest(text), t.Hash) == 1
	now := time.Now()
	if !found || !right || !t.Until.IsZero() && !now.Before(t.Until) {
		return Token{}, ErrUnknown
	}
	k.use(ctx, id, now)
	return t, nil
}

// tokens are those that are known, by id.
func (k *Keeper) tokens(ctx context.Context) (map[string]Token, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.read) <= fresh {
		return k.known, nil
	}
	all, err := k.All(ctx)
	switch {
	case err == nil || len(all) > 0: // what cannot be understood is no token
		k.known = make(map[string]Token, len(all))
		for _, t := range all {
			k.known[t.ID] = t
		}
	case k.known == nil:
		return nil, err
	}
	k.read = time.Now()
	return k.known, nil
}

// use notes that a token was used, once in a while. That it cannot be noted keeps nobody from
// using it.
func (k *Keeper) use(ctx context.Context, id string, now time.Time) {
	k.mu.Lock()
	due := now.Sub(k.noted[id]) >= usedEvery
	if due {
		k.noted[id] = now
	}
	k.mu.Unlock()
	if due {
		_ = k.put(ctx, FolderUsed, id, now.UTC())
	}
}
