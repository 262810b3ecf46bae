package flow_test

import (
	"os"
	"strconv"
	"testing"

	"clearline/lib/call"
	"clearline/lib/flow"
)

// exploration visits every world that can be reached.
type exploration struct {
	t           *testing.T
	seen        map[uint64]struct{}
	reached     map[string]int
	transitions int
}

// node is a world with the way to it.
type node struct {
	*world
	way *way
}

type way struct {
	last   move
	before *way
}

func (w *way) String() string {
	if w == nil {
		return ""
	}
	return w.before.String() + "\n  " + w.last.String()
}

// goesOn makes every move out of a world, with everything that may go wrong in each.
func (x *exploration) goesOn(from node, found func(node)) {
	for _, m := range from.moves() {
		to, how := x.tries(from, m, found)
		if from.dead || to.mishaps == 0 {
			continue
		}
		for m.kill = 1; m.kill < how.points; m.kill++ { // before the first it is as if it had not begun
			x.tries(from, m, found)
		}
		m.kill = -1
		for m.fail = range how.risky {
			x.tries(from, m, found)
		}
	}
}

func (x *exploration) tries(from node, m move, found func(node)) (*world, *transition) {
	next, how := from.after(m)
	x.transitions++
	way := &way{m, from.way}
	if how.fault != "" {
		x.t.Fatalf("%s:%s", how.fault, way)
	}
	for _, what := range how.seen {
		x.reached[what]++
	}
	print := next.print()
	if _, known := x.seen[print]; known {
		return next, how
	}
	x.seen[print] = struct{}{}
	x.counts(next)
	found(node{next, way})
	return next, how
}

// visits goes from a world to every other that so many moves lead to. Those of the last are
// checked and not gone on from.
func (x *exploration) visits(from *world, depth int) {
	frontier := []node{{world: from}}
	for n := 1; n <= depth; n++ {
		var next []node
		for i, from := range frontier {
			frontier[i] = node{}
			x.goesOn(from, func(to node) {
				if n < depth {
					next = append(next, to)
				}
			})
		}
		frontier = next
	}
}

// counts notes the situations that must have been reached.
func (x *exploration) counts(w *world) {
	callersUp := 0
	for i := range w.parties {
		if w.parties[i].kind == callers && w.parties[i].inApp {
			callersUp++
		}
	}
	if callersUp == 2 {
		x.reached["both callers up"]++
	}
	for _, r := range w.runs {
		if r.stage() == flow.Guarded {
			x.reached["guarded by "+r.screening.Decision.By]++
		}
		x.reached["in "+string(r.stage())]++
	}
}

// TestEverySituationOfAHouse makes every move that is possible, breadth first, from a quiet
// house: what must always hold (world.holds, and the checks in model_perform_test.go) holds in
// every situation that so many moves lead to.
//
// Two unknown callers may ring, screened or unchallenged. A warden may accept or refuse. The resident may pick up, answer
// the question with either key, hang up, begin a number, and dial 101 or 999: while asked, in
// the guarded call, on the leg of another attempt, on a fresh leg. Any timer that runs may run
// out, whatever it was set to, which is more than time allows. In each walk one thing goes
// wrong: the program is killed, at rest or at any point within a move, and comes back
// whenever; the connection is lost, and somebody hangs up unheard; the exchange fails to do
// something; a search fails, or misses a leg that is being moved; a sentence or an answer never
// comes.
//
// What does not change what may happen next is one with the move that leads to it, or is
// left out:
//   - Asterisk answers at once: a leg that is hung up is gone (one that lingers is one whose
//     hang-up failed), a telephone rings, a join is told of. The search for legs is not: any
//     other move may come between its question and its answer.
//   - Callers listen to the end of everything, and so do residents where their keys mean the
//     same meanwhile and afterwards.
//   - The pause before the next search is over at once: a flow that pauses and one that waits
//     for an answer treat every event alike.
//   - What concerns one call alone is not asked: the human check, codes, words, messages. The
//     random walks of properties_test.go do.
//   - Counters, ids of what is said and recorded, and what only goes into the history are not
//     compared (fingerprint). Two situations whose 64-bit fingerprints are equal by chance
//     would be taken for one: with a million of them, that happens once in forty million runs.
//
// CLEARLINE_MODEL_DEPTH and CLEARLINE_MODEL_MISHAPS go deeper: see scripts/model.
func TestEverySituationOfAHouse(t *testing.T) {
	t.Parallel()
	depth, mishaps := setting("CLEARLINE_MODEL_DEPTH", 12), setting("CLEARLINE_MODEL_MISHAPS", 1)
	if testing.Short() || raceDetector { // one goroutine does it all
		depth = min(depth, 7)
	}
	for _, needs := range []call.Approver{call.ApproverResident, call.ApproverWarden} { // less deep: they allow less
		explores(t, needs, mishaps, depth*7/12)
	}
	x := explores(t, call.ApproverEither, mishaps, depth)
	if depth < 12 || mishaps < 1 {
		return
	}
	t.Log(x.reached)
	if len(x.seen) < 100_000 {
		t.Errorf("only %d states: the model has lost most of what may happen", len(x.seen))
	}
	for _, what := range situations {
		if x.reached[what] == 0 {
			t.Errorf("never %q: the model proves nothing about it", what)
		}
	}
}

// explores visits every situation of a house in whose calls somebody's yes counts.
func explores(t *testing.T, needs call.Approver, mishaps, depth int) *exploration {
	x := &exploration{t: t, seen: map[uint64]struct{}{}, reached: map[string]int{}}
	x.visits(&world{mishaps: mishaps, thawed: map[uint64]bool{}, needs: needs}, depth)
	t.Logf("%d states and %d transitions to depth %d, mishaps: %d, approver: %s", len(x.seen), x.transitions, depth, mishaps, needs)
	return x
}

// situations must be reached.
var situations = []string{
	"both callers up", "guarded by resident", "guarded by night-desk",
	"a clearing inside a guarded call", "a clearing joined",
	"dialled inside: consult", "dialled inside: guarded", "101 goes out", "999 goes out",
	"a PIN", "blocked in the call", "cleared", "unproved", "not-made", "abandoned", "taken",
	"in greeting", "in purpose", "in ringing", "in asking", "in joining", "in guarded", "in closing",
	"in searching", "in telling", "in offering", "in leaving", "in parting", "in awaiting",
	"thawed in greeting", "thawed in purpose", "thawed in seizing", "thawed in ringing",
	"thawed in asking", "thawed in joining", "thawed in guarded", "thawed in closing",
	"thawed in searching", "thawed in telling", "thawed in offering", "thawed in leaving",
	"thawed in parting", "thawed in awaiting",
}

func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
