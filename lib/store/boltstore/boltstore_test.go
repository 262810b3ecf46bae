package boltstore_test

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
	"clearline/lib/store/boltstore"
	"clearline/lib/store/storetest"
)

func open(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Store {
		path := filepath.Join(t.TempDir(), "new folder", "clearline.db")
		return func() store.Store { return open(t, path) }
	})
}

func TestASecondProcessIsToldThatTheFileIsHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	s := open(t, path)
	defer s.Close()
	_, err := boltstore.Open(path)
	if err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("opening a held file gives %v", err)
	}
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clearline.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), binary.BigEndian.AppendUint32(nil, 99))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Open(path); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opening a newer file gives %v", err)
	}
}
