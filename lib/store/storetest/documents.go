package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"clearline/lib/store"
)

// documents are what a store keeps besides calls, asked for patiently.
type documents struct {
	store.Documents
	t *testing.T
}

func documentsOf(t *testing.T, s store.Store) documents { return documents{s, t} }

func (d documents) put(folder, name, text string) {
	d.t.Helper()
	_, err := waiting(d.t.Context(), func() (struct{}, error) {
		return struct{}{}, d.PutDocument(d.t.Context(), store.Document{Folder: folder, Name: name, Text: []byte(text)})
	})
	must(d.t, err)
}

func (d documents) remove(folder, name string) {
	d.t.Helper()
	_, err := waiting(d.t.Context(), func() (struct{}, error) {
		return struct{}{}, d.RemoveDocument(d.t.Context(), folder, name)
	})
	must(d.t, err)
}

// holds checks what is in a folder: names and texts in turn.
func (d documents) holds(folder string, want ...string) {
	d.t.Helper()
	found, err := waiting(d.t.Context(), func() ([]store.Document, error) { return d.Documents.Documents(d.t.Context(), folder) })
	must(d.t, err)
	var got []string
	for _, one := range found {
		if one.Folder != folder {
			d.t.Errorf("the folder %q holds a document of %q", folder, one.Folder)
		}
		got = append(got, one.Name, string(one.Text))
	}
	if !reflect.DeepEqual(got, want) {
		d.t.Errorf("the folder %q holds %q, want %q", folder, got, want)
	}
}

func documentsKept(t *testing.T, open func() store.Store) {
	s := open()
	d := documentsOf(t, s)
	d.holds("users")
	d.put("users", "b", "first")
	d.put("users", "a", "other")
	d.put("users", "b", "second")
	d.put("users", "c", "")
	d.put("user", "sa", "of another folder")
	d.remove("users", "never there")
	d.remove("user", "a")
	must(t, s.Close())
	d = documentsOf(t, opened(t, open))
	d.holds("users", "a", "other", "b", "second", "c", "")
	d.remove("users", "b")
	d.holds("users", "a", "other", "c", "")
	d.holds("user", "sa", "of another folder")
}

func documentsStrange(t *testing.T, open func() store.Store) {
	d := documentsOf(t, opened(t, open))
	folders := []string{"{", "}", "{}", "a}b", "{a}", "a b", "a%20b", "*", "a:b", "\x00", hostile}
	for _, folder := range folders {
		d.put(folder, hostile, hostile+folder)
	}
	for _, folder := range folders {
		d.holds(folder, hostile, hostile+folder)
	}
}

func documentsCrowd(t *testing.T, open func() store.Store) {
	d := documentsOf(t, opened(t, open))
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			name := fmt.Sprintf("%02d", n)
			d.put("crowd", name, name)
			if n%2 == 1 {
				d.remove("crowd", name)
			}
		})
	}
	group.Wait()
	var want []string
	for n := 0; n < 50; n += 2 {
		want = append(want, fmt.Sprintf("%02d", n), fmt.Sprintf("%02d", n))
	}
	d.holds("crowd", want...)
}

func documentsRefused(t *testing.T, open func() store.Store) {
	s := open()
	d := documentsOf(t, s)
	one := store.Document{Folder: "users", Name: "a", Text: bytes.Repeat([]byte("x"), 100)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.PutDocument(ctx, one); !errors.Is(err, context.Canceled) {
		t.Errorf("PutDocument with a cancelled context gives %v", err)
	}
	d.holds("users")
	must(t, s.Close())
	for name, use := range map[string]func() error{
		"PutDocument":    func() error { return d.PutDocument(t.Context(), one) },
		"RemoveDocument": func() error { return d.RemoveDocument(t.Context(), "users", "a") },
		"Documents":      func() error { _, err := d.Documents.Documents(t.Context(), "users"); return err },
	} {
		if err := use(); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close gives %v", name, err)
		}
	}
}
