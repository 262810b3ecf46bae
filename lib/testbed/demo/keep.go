package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"clearline/lib/testbed"
)

// softphones are the accounts for telephones of the audience.
type softphones struct {
	listen   string // address and port; empty means that there are none
	password string
}

const (
	residentUser = "flat1"
	strangerUser = "stranger"
	defaultPort  = "5070" // not 5060, where a softphone of the same machine listens itself
)

// newSoftphones checks the address before anything takes its time.
func newSoftphones(opt options) (softphones, error) {
	if !opt.Keep {
		return softphones{}, nil
	}
	host, port, err := net.SplitHostPort(opt.Listen)
	if err != nil {
		host, port = opt.Listen, defaultPort
	}
	at, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil {
		return softphones{}, fmt.Errorf("read --listen %s: want an address of this machine such as 192.168.1.10 or 192.168.1.10:5070", opt.Listen)
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return softphones{}, fmt.Errorf("listen for softphones at %s: %w; name another address or port with --listen", at, err)
	}
	return softphones{listen: at.String(), password: strings.ToLower(rand.Text()[:12])}, socket.Close()
}

func (s softphones) endpoints() []testbed.Softphone {
	if s.listen == "" {
		return nil
	}
	return []testbed.Softphone{
		{User: residentUser, Password: s.password, Line: "flat-1"},
		{User: strangerUser, Password: s.password, Number: "01632960250"},
	}
}

// keep leaves everything running until ctx ends, and lets a simulated stranger ring at
// each line of input.
func (s *stage) keep(ctx context.Context, in io.Reader) error {
	at := netip.MustParseAddrPort(s.phones.listen)
	server := at.Addr().String()
	if at.Addr().IsUnspecified() {
		server = "any address of this machine"
	}
	s.out.printf(`
%s

 Your softphone as the resident of Flat 1:   server %s, port %d, UDP
                                             user %s, password %s
 A second one, as a stranger:                the same, but user %s;
                                             dial 01632 960101
 No second one? Press Enter here, and a simulated stranger rings you.

 The record:      %s
 Asterisk's log:  %s
 Configuration:   %s
`, s.out.paint(bold, "Everything keeps running until you press Ctrl-C."), server, at.Port(),
		residentUser, s.phones.password, strangerUser,
		s.record, s.house.Bed.Asterisk.LogPath(), s.house.ConfigPath)
	ring, err := script("ring.txt")
	if err != nil {
		return err
	}
	lines := make(chan struct{})
	go func() {
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- struct{}{}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			s.out.printf("\n Everything is being stopped.\n")
			return nil
		case <-lines:
			err := s.tell(ctx, story{key: "*", scenario: ring, outcome: "Press Enter, and he rings again."})
			if err != nil && !errors.Is(err, context.Canceled) {
				s.out.printf(" %s\n", s.out.paint(red, err.Error()))
			}
		}
	}
}
