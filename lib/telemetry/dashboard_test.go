package telemetry

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/flow"
)

// dashboard is what a test looks at of scripts/grafana/clearline.json.
type dashboard struct {
	Panels []struct {
		ID          int
		Type, Title string
		Description string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile("../../scripts/grafana/clearline.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// labels are the names of the labels of each of our metrics, with every series there is.
func labels(t *testing.T) map[string][]string {
	t.Helper()
	m := NewMetrics()
	m.Entered("screening", flow.Purpose)
	m.Asked("play", "done", time.Millisecond)
	m.parts.WithLabelValues("store").Set(1)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "clearline_") {
			continue
		}
		names := []string{"instance", "le"} // which Prometheus adds, and histograms have
		for _, label := range f.GetMetric()[0].GetLabel() {
			names = append(names, label.GetName())
		}
		found[f.GetName()] = names
	}
	return found
}

var (
	metricName = regexp.MustCompile(`clearline_[a-z_]+`)
	byLabels   = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
	endings    = regexp.MustCompile(`_(bucket|sum|count)$`)
)

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	there := labels(t)
	unasked := map[string]bool{}
	for name := range there {
		unasked[name] = true
	}
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			found := metricName.FindString(target.Expr)
			name := endings.ReplaceAllString(found, "")
			names, known := there[name]
			if !known {
				t.Errorf("%s asks for %q", p.Title, found)
			}
			delete(unasked, name)
			for _, by := range byLabels.FindAllStringSubmatch(target.Expr, -1) {
				for label := range strings.SplitSeq(by[1], ", ") {
					if !slices.Contains(names, label) {
						t.Errorf("%s asks for %s by %s", p.Title, name, label)
					}
				}
			}
		}
	}
	delete(unasked, "clearline_build_info")
	if len(unasked) > 0 {
		t.Errorf("nobody looks at %v", unasked)
	}
}

func TestThePanelsOfTheDashboardHaveRoom(t *testing.T) {
	panels := readDashboard(t).Panels
	if len(panels) < 10 {
		t.Fatalf("there are %d panels", len(panels))
	}
	for i, p := range panels {
		at := p.GridPos
		if at.X+at.W > 24 || p.Title == "" || p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("panel %d: %+v", p.ID, p)
		}
		for _, other := range panels[:i] {
			o := other.GridPos
			if other.ID == p.ID || at.X < o.X+o.W && o.X < at.X+at.W && at.Y < o.Y+o.H && o.Y < at.Y+at.H {
				t.Errorf("%q and %q are in one place", p.Title, other.Title)
			}
		}
	}
}
