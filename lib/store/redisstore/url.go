package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// parse reads the URL of a Redis. Its errors quote nothing that could be a part of a
// password, as where a password ends is uncertain in a URL that is wrong.
func parse(text string) (*redis.UniversalOptions, error) {
	scheme, rest, found := strings.Cut(text, "://")
	kind, ok := strings.CutPrefix(scheme, "redis")
	kind, secure := strings.CutPrefix(kind, "s")
	if !found || !ok || kind != "" && kind != "+sentinel" && kind != "+cluster" {
		return nil, errors.New("it does not begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")
	}
	if strings.ContainsAny(rest, "?#") {
		return nil, errors.New("it has settings after ? or #, which mean nothing here; in a password write %3F and %23")
	}
	opts := options()
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		if err := readUser(opts, authority[:at]); err != nil {
			return nil, err
		}
		authority = authority[at+1:]
	} else if strings.Contains(path, "@") {
		return nil, errors.New("its user and password hold a /; write %2F")
	}
	port := "6379"
	if kind == "+sentinel" {
		port = "26379"
	}
	if err := readHosts(opts, authority, port); err != nil {
		return nil, err
	}
	if err := readPath(opts, kind, path); err != nil {
		return nil, err
	}
	if secure {
		opts.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if kind == "" {
			opts.TLSConfig.ServerName, _, _ = net.SplitHostPort(opts.Addrs[0])
		}
	}
	return opts, nil
}

// options are what does not depend on the URL. Each method bounds its own time, so the
// library neither tries again nor waits by itself.
func options() *redis.UniversalOptions {
	return &redis.UniversalOptions{
		DialTimeout:              dialMax,
		DialerRetries:            1,
		ReadTimeout:              idleMax,
		WriteTimeout:             idleMax,
		PoolTimeout:              takeMax,
		MaxRetries:               -1,
		ContextTimeoutEnabled:    true,
		PoolSize:                 32,
		PipelinePoolSize:         -1,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

func readUser(opts *redis.UniversalOptions, text string) error {
	user, password, found := strings.Cut(text, ":")
	if !found {
		return errors.New("it names a user and no password; write :password@ for a password alone")
	}
	var userErr, passwordErr error
	opts.Username, userErr = url.PathUnescape(user)
	opts.Password, passwordErr = url.PathUnescape(password)
	if userErr != nil || passwordErr != nil {
		return errors.New("a % in its user or password begins no two hexadecimal digits; write %25")
	}
	return nil
}

func readHosts(opts *redis.UniversalOptions, text, port string) error {
	for i, host := range strings.Split(text, ",") {
		address, number, err := net.SplitHostPort(host)
		if err != nil { // without a port
			address, number, err = net.SplitHostPort(host + ":" + port)
		}
		if err != nil || address == "" || strings.ContainsAny(address, " %") {
			return fmt.Errorf("host %d is not written as host or host:port", i+1)
		}
		if n, err := strconv.ParseUint(number, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("the port of host %d is no number from 1 to 65535", i+1)
		}
		opts.Addrs = append(opts.Addrs, net.JoinHostPort(address, number))
	}
	return nil
}

// readPath reads what follows the hosts, which depends on the kind of Redis.
func readPath(opts *redis.UniversalOptions, kind, path string) error {
	switch kind {
	case "+cluster":
		if path != "" {
			return errors.New("a Redis Cluster has no databases: leave out what follows the hosts")
		}
		opts.IsClusterMode = true
		return nil
	case "+sentinel":
		master, db, _ := strings.Cut(path, "/")
		if master == "" {
			return errors.New("it does not say which master the sentinels watch: redis+sentinel://host:port/master/db")
		}
		opts.MasterName, path = master, db
	default:
		if len(opts.Addrs) > 1 {
			return errors.New("it names several hosts: write redis+sentinel:// or redis+cluster://")
		}
	}
	if path == "" {
		return nil
	}
	db, err := strconv.ParseUint(path, 10, 16)
	if err != nil {
		return errors.New("the database is no number")
	}
	opts.DB = int(db)
	return nil
}
