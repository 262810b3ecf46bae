package testbed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	softphoneNet  = 3
	firstTrunkNet = 10
)

// reserveBlock takes a block that no other process holds. An abstract unix socket stands
// for it: it ends with its process, leaves no file, and belongs to a network namespace as
// the addresses do, so that users who may not touch each other's files share the blocks.
func reserveBlock() (*block, error) {
	var listen net.ListenConfig
	for n := 16; n < 255; n++ {
		claim, err := listen.Listen(context.Background(), "unix", fmt.Sprintf("@clearline-testbed-127.%d", n))
		if err == nil {
			return &block{n: byte(n), unlock: func() { _ = claim.Close() }, next: map[byte]int{}}, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
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
