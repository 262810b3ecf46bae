package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"clearline/lib/store"
)

// folderKey begins the keys of all documents in a folder, and of no others.
func folderKey(folder string) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(folder))), folder...)
}

func documentKey(folder, name string) []byte { return append(folderKey(folder), name...) }

// readDocument takes a document apart that is kept under a key.
func readDocument(key, text []byte) (store.Document, error) {
	length, used := binary.Uvarint(key)
	if used <= 0 || length >= uint64(len(key)-used) {
		return store.Document{}, fmt.Errorf("%w: the key %q is none of a document", ErrDamaged, key)
	}
	folder, name := key[used:used+int(length)], key[used+int(length):]
	return store.Document{Folder: string(folder), Name: string(name), Text: bytes.Clone(text)}, nil
}

// Documents implements store.Documents.
func (s *Store) Documents(ctx context.Context, folder string) (found []store.Document, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		found = nil // what is damaged is read again once it is repaired
		prefix, cursor := folderKey(folder), tx.Bucket(documentsBucket).Cursor()
		for key, text := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, text = cursor.Next() {
			d, err := readDocument(key, text)
			if err != nil {
				return err
			}
			found = append(found, d)
		}
		return nil
	})
	return found, err
}

// PutDocument implements store.Documents. It waits for the disk.
func (s *Store) PutDocument(ctx context.Context, d store.Document) error {
	return s.changeDocuments(ctx, func(p *part) error { return p.Put(documentKey(d.Folder, d.Name), d.Text) })
}

// RemoveDocument implements store.Documents. It waits for the disk.
func (s *Store) RemoveDocument(ctx context.Context, folder, name string) error {
	return s.changeDocuments(ctx, func(p *part) error { return p.Delete(documentKey(folder, name)) })
}

func (s *Store) changeDocuments(ctx context.Context, change func(*part) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.with(func(db *bbolt.DB) error {
		return update(db, func(e *edit) error { return change(e.part(documentsBucket)) })
	})
}

// Documents returns what Store.Documents does; a file of an earlier format has none.
func (h *History) Documents(ctx context.Context, folder string) ([]store.Document, error) {
	if !h.documents {
		return nil, ctx.Err()
	}
	return h.store.Documents(ctx, folder)
}
