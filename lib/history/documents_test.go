package history_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"clearline/lib/store"
)

// drawer is store.Documents in memory. One goroutine at a time may use it.
type drawer struct {
	kept   []store.Document
	broken error
}

func (d *drawer) Documents(_ context.Context, folder string) (found []store.Document, err error) {
	for _, one := range d.kept {
		if one.Folder == folder {
			found = append(found, one)
		}
	}
	return found, d.broken
}

func (d *drawer) PutDocument(ctx context.Context, put store.Document) error {
	_ = d.RemoveDocument(ctx, put.Folder, put.Name)
	d.kept = append(d.kept, put)
	return d.broken
}

func (d *drawer) RemoveDocument(_ context.Context, folder, name string) error {
	d.kept = slices.DeleteFunc(d.kept, func(one store.Document) bool { return one.Folder == folder && one.Name == name })
	return d.broken
}

func TestDocumentsAreReadAndChangedThroughTheSocket(t *testing.T) {
	s := &shelf{}
	client, _ := serve(t, s)
	odd := store.Document{Folder: "a&b?", Name: "<ann>\n", Text: []byte("\x00\xff text")}
	for _, d := range []store.Document{{Folder: "users", Name: "ann", Text: []byte("{}")}, odd} {
		if err := client.PutDocument(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := client.Documents(t.Context(), odd.Folder); err != nil || !reflect.DeepEqual(found, []store.Document{odd}) {
		t.Errorf("the folder holds %q, error %v", found, err)
	}
	if err := client.RemoveDocument(t.Context(), odd.Folder, odd.Name); err != nil {
		t.Error(err)
	}
	if found, err := client.Documents(t.Context(), odd.Folder); err != nil || len(found) != 0 {
		t.Errorf("the folder still holds %q, error %v", found, err)
	}
	for _, none := range []store.Document{{}, {Folder: "users"}, {Name: "ann"}} {
		if err := client.PutDocument(t.Context(), none); err == nil {
			t.Errorf("%q was put", none)
		}
		if err := client.RemoveDocument(t.Context(), none.Folder, none.Name); err == nil {
			t.Errorf("%q was removed", none)
		}
	}
	s.broken = errors.New("the disk is gone")
	if err := client.PutDocument(t.Context(), odd); err == nil || !strings.Contains(err.Error(), "cannot change what it keeps: the disk is gone") {
		t.Errorf("a store that fails: %v", err)
	}
	if _, err := client.Documents(t.Context(), "users"); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("a store that fails: %v", err)
	}
}
