package app

import (
	"context"
	"log/slog"
	"time"

	"clearline/lib/config"
	"clearline/lib/peers"
	"clearline/lib/store"
)

// withdrawMax is how long a node that ends takes to say so.
const withdrawMax = 2 * time.Second

// newPeers makes the other nodes that share the store, or nil for a Clearline without a
// name. A store that nodes can meet in carries what they say to each other.
func newPeers(node config.Node, kept store.Store, log *slog.Logger) *peers.Peers {
	wire, shared := kept.(peers.Wire)
	if node.Name == "" || !shared {
		return nil
	}
	return peers.New(peers.Options{Name: node.Name, Wire: wire, Log: log})
}

// leave tells the other nodes that this one ends.
func (a *App) leave() {
	if a.peers == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), withdrawMax)
	defer cancel()
	a.peers.Stop(ctx)
}
