package testbed

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// loudness keeps how loud each tone was at its loudest: the root mean square of 100 ms.
type loudness struct {
	mu  sync.Mutex
	rms map[int]float64 // by Hz
}

func (l *loudness) note(hz int, rms float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rms == nil {
		l.rms = map[int]float64{}
	}
	l.rms[hz] = max(l.rms[hz], rms)
}

func (l *loudness) of(hz int) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rms[hz]
}

// likeLoudness is how far apart two are that count as the same: codecs round.
const likeLoudness = 0.15

// loudVerbs are how loud phones hear.
var loudVerbs = []builtin{
	{`{who:phone} heard tone {hz:count} {times:count} times as loud as it was said`, each(func(_ context.Context, _ *Play, p *Phone, v Values) error {
		calls := p.Calls()
		if len(calls) == 0 || calls[len(calls)-1].ear == nil {
			return fmt.Errorf("%s has no call", p.Name)
		}
		said := toneLevel / math.Sqrt2
		heard := calls[len(calls)-1].ear.tonal.of(number(v["hz"])) / said
		if want := float64(number(v["times"])); math.Abs(heard-want) > likeLoudness*want {
			return fmt.Errorf("%s heard it %.2f times as loud", p.Name, heard)
		}
		return nil
	})},
}
