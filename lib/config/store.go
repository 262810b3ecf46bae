package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	fileRemedy = `write "file:/var/lib/clearline/clearline.db"`
	signRemedy = "; write signs in a password as %XX: / as %2F, @ as %40"
)

func (s *Store) read(t *table, secrets secrets) {
	var text string
	if t.text("url", &text, isStore) {
		scheme, rest, _ := strings.Cut(text, ":")
		if scheme == "file" {
			s.Path = filepath.Clean(filePath(rest))
		} else {
			s.Path, s.Redis = "", NewSecret(text)
			if strings.Contains(text, "@") && secrets.worldReadable(t.file) {
				t.warn(t.at("url"), "every user of this machine can read the password in this file", "chmod o-r "+t.file)
			}
		}
	}
	t.text("snapshots", &s.Snapshots, isSnapshotFolder)
	t.number("keep_snapshots", &s.KeepSnapshots, 1, 366)
	for _, key := range []string{"snapshots", "keep_snapshots"} {
		if _, set := t.values[key]; set && !s.InFile() {
			t.warn(t.at(key), "not acted on: there are snapshots of a file only", "back up the Redis itself: its RDB or append-only files")
		}
	}
	t.finish()
}

// isSnapshotFolder checks the name of a folder that is made when it is missing.
func isSnapshotFolder(s string) (problem, remedy string) {
	if !filepath.IsAbs(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return fmt.Sprintf("%q names no folder by its absolute path", s), `write "/var/lib/clearline/snapshots"`
	}
	return "", ""
}

// isStore checks the address of a store. One of Redis is not shown: it may hold a
// password.
func isStore(s string) (problem, remedy string) {
	scheme, rest, _ := strings.Cut(s, ":")
	if form, ok := redisForms[scheme]; ok {
		return form.check(rest)
	}
	switch {
	case scheme != "file":
		return "no store is known by that scheme", fileRemedy + ", or an address that begins with redis://"
	case !filepath.IsAbs(filePath(rest)) || strings.HasSuffix(rest, "/") || strings.ContainsFunc(rest, func(r rune) bool { return r < ' ' }):
		return fmt.Sprintf("%q names no file by its absolute path", s), fileRemedy
	}
	return "", ""
}

// filePath takes the empty host off a file URL's rest: "///var" is "/var".
func filePath(rest string) string {
	if strings.HasPrefix(rest, "///") {
		return rest[2:]
	}
	return rest
}

// redisForm is how an address of Redis is written behind one scheme.
type redisForm struct {
	many    bool           // more than one server may be named
	path    *regexp.Regexp // what follows them
	example string
}

var (
	database   = regexp.MustCompile(`^(/[0-9]{0,4})?$`)
	master     = regexp.MustCompile(`^/[A-Za-z0-9_.-]{1,64}(/[0-9]{0,4})?$`)
	nothing    = regexp.MustCompile(`^/?$`)
	redisForms = map[string]redisForm{
		"redis":           {false, database, "redis://10.0.0.1:6379/0"},
		"rediss":          {false, database, "rediss://redis.example:6380/0"},
		"redis+sentinel":  {true, master, "redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/mymaster/0"},
		"rediss+sentinel": {true, master, "rediss+sentinel://10.0.0.1:26379,10.0.0.2:26379/mymaster/0"},
		"redis+cluster":   {true, nothing, "redis+cluster://10.0.0.1:6379,10.0.0.2:6379"},
		"rediss+cluster":  {true, nothing, "rediss+cluster://10.0.0.1:6379,10.0.0.2:6379"},
	}
)

// check checks what follows the scheme. The standard parser of URLs takes one server
// only.
func (f redisForm) check(rest string) (problem, remedy string) {
	remedy = fmt.Sprintf("write %q", f.example)
	rest, slashes := strings.CutPrefix(rest, "//")
	if !slashes || strings.ContainsAny(rest, "?#") || strings.ContainsFunc(rest, unusual) {
		return "no address of Redis", remedy + signRemedy
	}
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	servers := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user := authority[:i]
		if _, err := url.PathUnescape(user); err != nil || strings.Contains(user, "@") || !strings.Contains(user, ":") {
			return "user name and password cannot be read", remedy + ", with user:password@ or :password@ before the servers" + signRemedy
		}
		servers = authority[i+1:]
	}
	named := strings.Split(servers, ",")
	for _, server := range named {
		host, port, err := net.SplitHostPort(server)
		if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
			return "a server without host and port", remedy + signRemedy
		}
	}
	switch {
	case len(named) > 1 && !f.many:
		return "more than one server", remedy + ", or an address that begins with redis+sentinel:// or redis+cluster://"
	case !f.path.MatchString(path) && f.path == master:
		return "no name of the master after the servers", remedy
	case !f.path.MatchString(path):
		return "something else after the servers", remedy
	}
	return "", ""
}
