package users

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"clearline/lib/store"
)

// Folder is where the documents of users are, by their names.
const Folder = "users"

// The errors that are told apart.
var (
	ErrUnknown = errors.New("there is no such user")
	ErrThere   = errors.New("there is a user of that name already")
	ErrLast    = errors.New("nobody else could manage the console: make another admin first")
)

// fresh is how long what is known of users may be old: so long somebody who was removed may
// go on.
const fresh = time.Second

// Keeper keeps users among the documents of a store. Its methods may be called from many
// goroutines at once.
type Keeper struct {
	docs store.Documents

	changing sync.Mutex // held while users are read and then written

	mu    sync.Mutex
	known map[string]User
	read  time.Time // when known was read
}

// New makes a keeper.
func New(docs store.Documents) *Keeper { return &Keeper{docs: docs} }

// All returns every user, by name, as the store has them now. One whose document cannot be
// understood is left out, and named by the error.
func (k *Keeper) All(ctx context.Context) ([]User, error) {
	found, err := k.docs.Documents(ctx, Folder)
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	var all []User
	var faults []error
	for _, d := range found {
		var u User
		if err := json.Unmarshal(d.Text, &u); err != nil {
			faults = append(faults, fmt.Errorf("read user %q: %w", d.Name, err))
			continue
		}
		u.Name = d.Name
		all = append(all, u)
	}
	return all, errors.Join(faults...)
}

// Lookup returns a user as they were a second ago at most. While the store cannot be read,
// what was last known holds. The error is ErrUnknown when there is none.
func (k *Keeper) Lookup(ctx context.Context, name string) (User, error) {
	return k.lookup(ctx, name, fresh)
}

// Newest is Lookup as the store has the user now: somebody who was just made may come in.
func (k *Keeper) Newest(ctx context.Context, name string) (User, error) {
	return k.lookup(ctx, name, 0)
}

// lookup returns a user as they were at a time no longer ago than age.
func (k *Keeper) lookup(ctx context.Context, name string, age time.Duration) (User, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.read) >= age {
		all, err := k.All(ctx)
		switch {
		case err == nil || len(all) > 0: // who cannot be understood is nobody
			k.known = make(map[string]User, len(all))
			for _, u := range all {
				k.known[u.Name] = u
			}
		case k.known == nil:
			return User{}, err
		}
		k.read = time.Now()
	}
	u, found := k.known[name]
	if !found {
		return User{}, ErrUnknown
	}
	return u, nil
}

// forget makes the next Lookup read.
func (k *Keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read = time.Time{}
}

// Add makes a user with a password. The error wraps ErrThere when there is one already.
func (k *Keeper) Add(ctx context.Context, u User, password string) error {
	if err := errors.Join(u.check(), CheckPassword(u.Name, password)); err != nil {
		return err
	}
	k.changing.Lock()
	defer k.changing.Unlock()
	all, err := k.All(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(other User) bool { return other.Name == u.Name }) {
		return fmt.Errorf("add user %s: %w", u.Name, ErrThere)
	}
	if u.Password, err = hash(password); err != nil {
		return err
	}
	u.Made = time.Now().UTC()
	return k.put(ctx, u, true)
}

// Change changes a user and ends what they are signed in to. The error wraps ErrUnknown when
// there is none, and ErrLast when no admin would be left.
func (k *Keeper) Change(ctx context.Context, name string, change func(*User) error) error {
	return k.change(ctx, name, true, change)
}

func (k *Keeper) change(ctx context.Context, name string, signOut bool, change func(*User) error) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	all, err := k.All(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(u User) bool { return u.Name == name })
	if at < 0 {
		return fmt.Errorf("change user %s: %w", name, ErrUnknown)
	}
	was := all[at].Role
	if err := change(&all[at]); err != nil {
		return err
	}
	if err := all[at].check(); err != nil {
		return err
	}
	if was == Admin && admins(all) == 0 {
		return fmt.Errorf("change user %s: %w", name, ErrLast)
	}
	return k.put(ctx, all[at], signOut)
}

// SetPassword gives a user another password and ends what they are signed in to.
func (k *Keeper) SetPassword(ctx context.Context, name, password string) error {
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	return k.Change(ctx, name, func(u *User) (err error) {
		u.Password, err = hash(password)
		return err
	})
}

// Remove takes a user away. The error wraps ErrUnknown when there is none, and ErrLast when
// users are left and no admin among them.
func (k *Keeper) Remove(ctx context.Context, name string) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	all, err := k.All(ctx)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(all), func(u User) bool { return u.Name == name })
	switch {
	case len(left) == len(all):
		return fmt.Errorf("remove user %s: %w", name, ErrUnknown)
	case len(left) > 0 && admins(left) == 0 && admins(all) > 0:
		return fmt.Errorf("remove user %s: %w", name, ErrLast)
	}
	defer k.forget()
	if err := k.docs.RemoveDocument(ctx, Folder, name); err != nil {
		return fmt.Errorf("remove user %s: %w", name, err)
	}
	return nil
}

func admins(all []User) (n int) {
	for _, u := range all {
		if u.Role == Admin {
			n++
		}
	}
	return n
}

// put writes a user; with signOut what they are signed in to ends.
func (k *Keeper) put(ctx context.Context, u User, signOut bool) error {
	if signOut {
		u.Epoch = rand.Text()
	}
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write user %s: %w", u.Name, err)
	}
	defer k.forget()
	if err := k.docs.PutDocument(ctx, store.Document{Folder: Folder, Name: u.Name, Text: text}); err != nil {
		return fmt.Errorf("write user %s: %w", u.Name, err)
	}
	return nil
}
