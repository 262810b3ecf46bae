package redisserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeConfig writes the server's configuration and returns its path.
func (s *Server) writeConfig() (string, error) {
	var text strings.Builder
	set := func(words ...any) { fmt.Fprintln(&text, words...) }
	set("bind", s.opt.Address)
	set("port", s.port)
	set("dir", s.Home)
	switch {
	case s.opt.watched != nil:
		set("sentinel monitor", Master, s.opt.watched.opt.Address, s.opt.watched.port, max(1, s.opt.quorum))
		set("sentinel down-after-milliseconds", Master, 500)
		set("sentinel failover-timeout", Master, 3000)
		set("sentinel announce-ip", s.opt.Address)
		if password := s.opt.watched.opt.Password; password != "" {
			set("sentinel auth-pass", Master, password)
		}
	default:
		set("save", `""`)
		set("appendonly", map[bool]string{true: "yes", false: "no"}[s.opt.Durable])
		set("appendfsync always")
		set("replica-announce-ip", s.opt.Address)
		set("repl-diskless-sync-delay 0")
	}
	if s.opt.copied != nil {
		set("replicaof", s.opt.copied.opt.Address, s.opt.copied.port)
	}
	if s.opt.Password != "" {
		set("requirepass", s.opt.Password)
		set("masterauth", s.opt.Password)
	}
	if s.opt.clustered {
		set("cluster-enabled yes")
		set("cluster-port", s.bus)
		set("cluster-announce-ip", s.opt.Address) // the nodes would take each other for 127.0.0.1
		set("cluster-node-timeout 5000")
	}
	path := filepath.Join(s.Home, "redis.conf")
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

// words are what redis-server is started with.
func (s *Server) words(config string) []string {
	if s.opt.watched != nil {
		return []string{config, "--sentinel"}
	}
	return []string{config}
}
