package redisstore_test

import (
	"log/slog"
	"strings"
	"testing"

	"clearline/lib/store/redisstore"
)

func TestURLs(t *testing.T) {
	for url, want := range map[string]string{
		"redis://127.0.0.1":                                      "client 127.0.0.1:6379 db 0 user  password  tls false",
		"redis://127.0.0.1/":                                     "client 127.0.0.1:6379 db 0 user  password  tls false",
		"redis://:p%40s%2Fs@redis.example:7000/3":                "client redis.example:7000 db 3 user  password p@s/s tls false",
		"rediss://me:pass:word@redis.example":                    "client redis.example:6379 db 0 user me password pass:word tls true",
		"redis://[::1]:7000":                                     "client [::1]:7000 db 0 user  password  tls false",
		"redis://[::1]":                                          "client [::1]:6379 db 0 user  password  tls false",
		"redis+sentinel://:pass@a:1,b/master/2":                  "master master by a:1,b:26379 db 2 user  password pass tls false",
		"redis+sentinel://a/master":                              "master master by a:26379 db 0 user  password  tls false",
		"rediss+sentinel://a/master":                             "master master by a:26379 db 0 user  password  tls true",
		"redis+cluster://me:pass@127.0.0.1:7000,127.0.0.1:7001/": "cluster 127.0.0.1:7000,127.0.0.1:7001 db 0 user me password pass tls false",
		"redis+cluster://seed.example":                           "cluster seed.example:6379 db 0 user  password  tls false",
	} {
		if got, err := redisstore.Describe(url); got != want || err != nil {
			t.Errorf("%s is read as\n%s, want\n%s, error %v", url, got, want, err)
		}
	}
}

func TestWrongURLsAreExplainedWithoutThePassword(t *testing.T) {
	for url, want := range map[string]string{
		"":                                      "does not begin with",
		"hunter2":                               "does not begin with",
		"http://:hunter2@127.0.0.1":             "does not begin with",
		"redis:127.0.0.1":                       "does not begin with",
		"redisx://:hunter2@127.0.0.1":           "does not begin with",
		"redis+ring://:hunter2@127.0.0.1":       "does not begin with",
		"redis://":                              "host 1 is not written",
		"redis://:hunter2@":                     "host 1 is not written",
		"redis://:hunter2@a b":                  "host 1 is not written",
		"redis://:hunter2@a:x":                  "port of host 1",
		"redis://:hunter2@a:70000":              "port of host 1",
		"redis://:hunter2@a:0":                  "port of host 1",
		"redis://:hunter2@a,b":                  "several hosts",
		"redis://:hunter2@a/x":                  "database is no number",
		"redis://:hunter2@a/-1":                 "database is no number",
		"redis://:hunter2@a/1/2":                "database is no number",
		"redis://hunter2@a":                     "no password",
		"redis://:hunter2%zz@a":                 "write %25",
		"redis://:hunter2/x@a":                  "write %2F",
		"redis://:hunter2#x@a":                  "write %3F and %23",
		"redis://a?password=hunter2":            "after ?",
		"redis+sentinel://:hunter2@a,b":         "which master",
		"redis+sentinel://:hunter2@a:1,b:x/m/0": "port of host 2",
		"redis+sentinel://:hunter2@a/m/hunter2": "database is no number",
		"redis+cluster://:hunter2@a,b/1":        "no databases",
		"redis+cluster://:hunter2@a,,b":         "host 2 is not written",
	} {
		_, err := redisstore.Open(url, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q gives %v, want %q", url, err, want)
		}
	}
}

func FuzzURLsNeverShowTheirPassword(f *testing.F) {
	f.Add("redis", "@a:1/2")
	f.Add("redis+sentinel", "/x@a,b:/m")
	f.Add("rediss+cluster", "#@[::1]:7,")
	f.Fuzz(func(t *testing.T, scheme, rest string) {
		_, err := redisstore.Describe(scheme + "://user:hunter2" + rest)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	})
}
