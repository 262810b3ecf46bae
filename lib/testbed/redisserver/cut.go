package redisserver

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// What toxiproxy calls the two halves of a lost answer.
const (
	askedKind = "clearline_asked"
	cutKind   = "clearline_cut"
)

// gates tell the halves that belong together when something was asked. Toxiproxy makes
// its toxics from JSON, so that they know each other by a number only.
var (
	gates    sync.Map // of int64 to *atomic.Bool
	lastGate atomic.Int64
)

func gate(n int64) *atomic.Bool {
	g, _ := gates.LoadOrStore(n, new(atomic.Bool))
	return g.(*atomic.Bool)
}

// asked lets everything through and notes when it contains a text.
type asked struct {
	Text string `json:"text"`
	Gate int64  `json:"gate"`
}

// Pipe implements toxics.Toxic.
func (a *asked) Pipe(stub *toxics.ToxicStub) {
	pipe(stub, func(part []byte) bool {
		if bytes.Contains(part, []byte(a.Text)) {
			gate(a.Gate).Store(true)
		}
		return true
	})
}

// cut ends a connection in place of what is said once something was asked.
type cut struct {
	Gate int64 `json:"gate"`
}

// Pipe implements toxics.Toxic.
func (c *cut) Pipe(stub *toxics.ToxicStub) {
	pipe(stub, func([]byte) bool { return !gate(c.Gate).Load() })
}

// pipe hands on what passes, and ends the connection at what does not.
func pipe(stub *toxics.ToxicStub, passes func([]byte) bool) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case part := <-stub.Input:
			if part == nil || !passes(part.Data) {
				stub.Close()
				return
			}
			stub.Output <- part
		}
	}
}

func init() {
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxiproxy has a log of its own besides the one it is given
	toxics.Register(askedKind, new(asked))
	toxics.Register(cutKind, new(cut))
}
