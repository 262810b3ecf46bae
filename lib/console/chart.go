package console

import (
	"fmt"
	"time"

	"clearline/lib/call"
)

// The charts are drawn on a field of these sizes, in units of an SVG.
const (
	chartWide = 700
	chartHigh = 220
	chartLeft = 34 // room for the numbers of the axis
	chartFoot = 24 // and for the days
)

// dayChart has a column for each day, divided by what became of the calls. Divisions differ
// in pattern as well as in colour, and all numbers are in a table below.
type dayChart struct {
	Columns []column
	Kinds   []string
	Lines   []gridline
	Most    int
}

// column is a day.
type column struct {
	Day    time.Time
	X, W   int
	Label  string
	Pieces []piece
	Counts []int // of each kind
}

// piece is a part of a column.
type piece struct {
	Kind string
	Y, H int
	N    int
}

// gridline is a height that has a number.
type gridline struct{ Y, N int }

// drawDays draws the calls of each day from first on.
func drawDays(first time.Time, records []call.Record, zone *time.Location) dayChart {
	counts := make([][]int, pictureDays)
	for i := range counts {
		counts[i] = make([]int, len(verdicts))
	}
	chart := dayChart{Kinds: verdicts}
	days := map[string]int{}
	for i := range pictureDays {
		days[first.AddDate(0, 0, i).Format(time.DateOnly)] = i
	}
	for _, r := range records {
		i, there := days[r.Arrived.In(zone).Format(time.DateOnly)]
		if !there {
			continue
		}
		for k, kind := range verdicts {
			if kind == kindOf(r) {
				counts[i][k]++
			}
		}
	}
	for _, day := range counts {
		chart.Most = max(chart.Most, sum(day))
	}
	top := nice(chart.Most)
	wide := (chartWide - chartLeft) / pictureDays
	for i, day := range counts {
		at := first.AddDate(0, 0, i)
		col := column{Day: at, X: chartLeft + i*wide + 3, W: wide - 6, Counts: day, Label: fmt.Sprint(at.Day())}
		y := chartHigh - chartFoot
		for k, n := range day {
			h := n * (chartHigh - chartFoot - 10) / top
			y -= h
			if n > 0 {
				col.Pieces = append(col.Pieces, piece{verdicts[k], y, h, n})
			}
		}
		chart.Columns = append(chart.Columns, col)
	}
	for _, n := range []int{0, top / 2, top} {
		chart.Lines = append(chart.Lines, gridline{chartHigh - chartFoot - n*(chartHigh-chartFoot-10)/top, n})
	}
	return chart
}

func sum(all []int) (n int) {
	for _, one := range all {
		n += one
	}
	return n
}

// nice is a round number that is even and no smaller.
func nice(n int) int {
	for _, top := range []int{2, 4, 10, 20, 40, 100, 200, 400, 1000, 2000} {
		if n <= top {
			return top
		}
	}
	return n + n%2
}

// barChart has a bar for each span of time.
type barChart struct {
	Bars []bar
	All  int
}

// bar says how often something took so long.
type bar struct {
	Key  string // of the words for the span
	N    int
	Wide int // of 100
}

// draw counts what took how long.
func draw(prefix string, bounds []time.Duration, took []time.Duration) barChart {
	chart := barChart{All: len(took)}
	most := 1
	for i := range len(bounds) + 1 {
		b := bar{Key: fmt.Sprintf("%s.%d", prefix, i)}
		for _, d := range took {
			over := i > 0 && d < bounds[i-1]
			if !over && (i == len(bounds) || d < bounds[i]) {
				b.N++
			}
		}
		most = max(most, b.N)
		chart.Bars = append(chart.Bars, b)
	}
	for i := range chart.Bars {
		chart.Bars[i].Wide = 100 * chart.Bars[i].N / most
	}
	return chart
}

// drawClearing draws how long it took to clear the line for a call for help.
func drawClearing(attempts []call.Attempt) barChart {
	var took []time.Duration
	for _, a := range attempts {
		if a.Outcome == call.OutcomeCleared || a.Outcome == call.OutcomeUnproved {
			took = append(took, a.Took)
		}
	}
	return draw("clearing-time", []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second}, took)
}

// drawDeciding draws how long callers were held until somebody let them in or refused them.
func drawDeciding(records []call.Record) barChart {
	var took []time.Duration
	for _, r := range records {
		if !r.Decided.IsZero() {
			took = append(took, r.Decided.Sub(r.Arrived))
		}
	}
	return draw("deciding-time", []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}, took)
}
