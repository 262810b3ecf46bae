package console

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// errCrowd says that too many people sign in just now.
var errCrowd = errors.New("too many people sign in at once")

// gate bounds how often passwords are tried, so that nobody guesses one and nobody who
// guesses keeps its owner out:
//
//   - an address may fail ten times, and then once in twenty seconds;
//   - an account may be failed at fifty times by strangers, and then once in ten seconds;
//   - whoever comes from a device that has signed in to the account before has a budget of
//     their own, and so has an address that has not failed within the last minutes: its
//     first try is always heard.
//
// What is spent is given back to who signs in: to the device, or else to the address.
type gate struct {
	addresses *budget
	accounts  *budget
	devices   *budget
	hashing   chan struct{} // holds an item for each password that is compared
}

const (
	hashers   = 2               // passwords compared at once: each takes 46 MiB
	hashWait  = 5 * time.Second // for others' to be compared
	gateRooms = 50_000          // addresses, accounts and devices remembered at once
)

func newGate() *gate {
	return &gate{
		addresses: newBudget(10, 20*time.Second, gateRooms),
		accounts:  newBudget(50, 10*time.Second, gateRooms),
		devices:   newBudget(10, 20*time.Second, gateRooms),
		hashing:   make(chan struct{}, hashers),
	}
}

// pass asks whether a password may be tried now, and otherwise says how long to wait. device
// is empty for one that never signed in to the account.
func (g *gate) pass(address, account, device string) (wait time.Duration, ok bool) {
	if device != "" {
		return g.devices.spend(device)
	}
	first := g.addresses.untouched(address)
	if wait, ok := g.addresses.spend(address); !ok {
		return wait, false
	}
	if wait, ok := g.accounts.spend(account); !ok && !first {
		return wait, false
	}
	return 0, true
}

// passed gives back what somebody has spent who has signed in. An attacker may have the same
// address as a known device.
func (g *gate) passed(address, device string) {
	if device != "" {
		g.devices.restore(device)
		return
	}
	g.addresses.restore(address)
}

// hash waits for its turn to compare a password.
func (g *gate) hash(ctx context.Context, compare func()) error {
	patience := time.NewTimer(hashWait)
	defer patience.Stop()
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
		compare()
		return nil
	case <-patience.C:
		return errCrowd
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sameHouse is what addresses of one subscriber have in common: an IPv6 subscriber has a
// whole /64.
func sameHouse(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}
