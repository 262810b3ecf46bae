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
// name. A store that nodes can meet in carries what they say to each other. A node that
// died counts as living for as long as its exchange leaves together two who talked.
func newPeers(cfg *config.Config, kept store.Store, log *slog.Logger) *peers.Peers {
	wire, shared := kept.(peers.Wire)
	if cfg.Node.Name == "" || !shared {
		return nil
	}
	return peers.New(peers.Options{Name: cfg.Node.Name, Wire: wire, Lasts: cfg.Guard.Deadman + peers.BeatEvery, Log: log})
}

// leave tells the other nodes that this one ends, unless two go on talking without it: as
// long as they may, it counts as living.
func (a *App) leave() {
	if a.peers == nil {
		return
	}
	a.peers.Stop()
	if a.engine.Bequests() > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), withdrawMax)
	defer cancel()
	a.peers.Withdraw(ctx)
}
