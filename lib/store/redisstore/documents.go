package redisstore

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"github.com/redis/go-redis/v9"

	"clearline/lib/store"
)

// folderKey names the hash of name to text of the documents in a folder. Whatever a folder
// is called, the braces keep it in one place of a Cluster.
func folderKey(folder string) string {
	return "clearline:{folder:" + url.QueryEscape(folder) + "}:documents"
}

// Documents implements store.Documents.
func (s *Store) Documents(ctx context.Context, folder string) (found []store.Document, err error) {
	err = s.within(ctx, listMax, func(ctx context.Context) error {
		var texts *redis.MapStringStringCmd
		err := s.begin(ctx, nil, func(pipe redis.Pipeliner) { texts = pipe.HGetAll(ctx, folderKey(folder)) })
		if err != nil {
			return err
		}
		found = nil
		for name, text := range texts.Val() {
			found = append(found, store.Document{Folder: folder, Name: name, Text: []byte(text)})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b store.Document) int { return cmp.Compare(a.Name, b.Name) })
	return found, err
}

// PutDocument implements store.Documents.
func (s *Store) PutDocument(ctx context.Context, d store.Document) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := s.admit(ctx); err != nil {
			return err
		}
		return s.redis.HSet(ctx, folderKey(d.Folder), d.Name, d.Text).Err()
	})
}

// RemoveDocument implements store.Documents.
func (s *Store) RemoveDocument(ctx context.Context, folder, name string) error {
	return s.within(ctx, takeMax, func(ctx context.Context) error {
		if err := s.admit(ctx); err != nil {
			return err
		}
		return s.redis.HDel(ctx, folderKey(folder), name).Err()
	})
}
