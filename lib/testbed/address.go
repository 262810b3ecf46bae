package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// block is a /16 of loopback addresses that belongs to one instance: 127.n.0.0.
type block struct {
	n      byte
	unlock func()

	mu   sync.Mutex
	next map[byte]int // next free host number by subnet
}

// subnets of a block.
const (
	residentNet   = 2
	firstTrunkNet = 10
)

// reserveBlock takes a block no other process holds.
func reserveBlock() (*block, error) {
	dir := filepath.Join(os.TempDir(), "clearline-testbed")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("reserve loopback addresses: %w", err)
	}
	// An ended context makes lockFile try exactly once.
	once, cancel := context.WithCancel(context.Background())
	cancel()
	for n := 16; n < 255; n++ {
		unlock, err := lockFile(once, filepath.Join(dir, fmt.Sprintf("127.%d.lock", n)), nil)
		if err == nil {
			return &block{n: byte(n), unlock: unlock, next: map[byte]int{}}, nil
		}
		if !errors.Is(err, context.Canceled) && !errors.Is(err, syscall.EACCES) {
			return nil, fmt.Errorf("reserve loopback addresses: %w", err)
		}
	}
	return nil, errors.New("reserve loopback addresses: all blocks are taken")
}

// host returns address number i (from 1) of subnet.
func (b *block) host(subnet byte, i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, b.n, subnet, byte(i)})
}

// fresh returns the next unused address of a trunk's subnet; .1 is the exchange's. After
// 253 callers it begins again, when the earliest have long been gone.
func (b *block) fresh(subnet byte) netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.next[subnet]
	b.next[subnet] = (i + 1) % 253
	return b.host(subnet, i+2)
}

// asterisk is where the instance listens.
func (b *block) asterisk() netip.Addr { return b.host(0, 1) }

func trunkNet(i int) byte { return byte(firstTrunkNet + i) }
