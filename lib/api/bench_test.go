package api_test

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clearline/lib/call"
)

// BenchmarkEventsOfABusyHouse moves calls on 50 of 200 lines while five programs follow all of
// them, and measures how long each move takes to reach each, and what that costs.
//
//	go test ./lib/api -run '^$' -bench BusyHouse -benchtime 2000x
func BenchmarkEventsOfABusyHouse(b *testing.B) {
	const lines, active, followers = 200, 50, 5
	h := newHouse(b)
	var (
		mu   sync.Mutex
		took []time.Duration
		read sync.WaitGroup
	)
	for range followers {
		response, err := http.DefaultClient.Do(h.request(b.Context(), h.admin, http.MethodGet, "/api/v1/events", nil))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = response.Body.Close() })
		events := bufio.NewScanner(response.Body)
		events.Scan() // the stream has begun
		read.Go(func() {
			for n := 0; n < b.N && events.Scan(); {
				_, at, found := strings.Cut(events.Text(), `"stage":"`)
				if !found {
					continue
				}
				at, _, _ = strings.Cut(at, `"`)
				told, err := time.Parse(time.RFC3339Nano, at)
				if err != nil {
					b.Errorf("read %s: %v", events.Text(), err)
					return
				}
				n++
				mu.Lock()
				took = append(took, time.Since(told))
				mu.Unlock()
			}
		})
	}
	before := used()
	b.ResetTimer()
	for n := range b.N {
		line := call.LineID(fmt.Sprintf("flat-%d", n%active*(lines/active)))
		h.feed.Tell(call.News{Kind: call.CallMoved, At: time.Now(), Line: line, Call: "a-call", Stage: time.Now().Format(time.RFC3339Nano), From: stranger})
		time.Sleep(time.Millisecond) // a thousand moves in a second are more than a house has
	}
	read.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
	b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "µs-cpu/event")
}

// used is the processor time this process has taken.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
