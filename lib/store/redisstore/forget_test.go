package redisstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"clearline/lib/call"
	"clearline/lib/store"
	"clearline/lib/store/storetest"
	"clearline/lib/testbed/redisserver"
)

// everything is every key of a Redis, and what it holds, each as text.
func everything(t *testing.T, url string) (found []string) {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opts)
	defer client.Close()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		kind, err := client.Type(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		switch kind {
		case "string":
			value, err = client.Get(t.Context(), key).Result()
		case "hash":
			value, err = client.HGetAll(t.Context(), key).Result()
		case "list":
			value, err = client.LRange(t.Context(), key, 0, -1).Result()
		case "set":
			value, err = client.SMembers(t.Context(), key).Result()
		case "zset":
			value, err = client.ZRange(t.Context(), key, 0, -1).Result()
		default:
			t.Fatalf("the key %s is a %s", key, kind)
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s holds %q", key, value))
	}
	return found
}

func TestNoKeyHoldsWhatIsForgotten(t *testing.T) {
	t.Parallel()
	server := redisserver.For(t, redisserver.Options{Address: "127.0.88.12"})
	s := opened(t, server.Direct())
	all := storetest.Remembered()
	all.Put = append(all.Put, call.Entry{Line: "flat-2", List: call.Contacts, Pattern: storetest.Forgotten, Until: all.Records[0].Ended.Add(1e13)})
	all.Save = all.Save[1:]
	apply(t, s, all)
	deed := store.Deed{By: "ann", Did: "block", To: storetest.Forgotten}
	letter := store.Letter{ID: "1", To: "desk", Text: storetest.Forgotten + " rang"}
	if err := errors.Join(s.AddDeed(t.Context(), deed), s.Mail(t.Context(), letter)); err != nil {
		t.Fatal(err)
	}
	about := func() (found []string) {
		return slices.DeleteFunc(everything(t, server.Direct()), func(text string) bool { return !strings.Contains(text, storetest.Forgotten[1:]) })
	}
	if found := about(); len(found) < 10 {
		t.Fatalf("before, the number is in %q", found)
	}
	if _, err := s.Forget(t.Context(), store.Oblivion{Number: storetest.Forgotten, Lists: true}); err != nil {
		t.Fatal(err)
	}
	if found := about(); len(found) != 0 {
		t.Errorf("the number is still in %q", found)
	}
	if records, err := s.Records(t.Context(), 10); err != nil || len(records) != 1 {
		t.Errorf("the other calls are %+v, error %v", records, err)
	}
}
