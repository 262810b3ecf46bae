package testbed

import (
	"testing"
	"time"
)

func TestOnlyTheTimeBetweenTwoMomentsCountsAsStoodStill(t *testing.T) {
	begin := time.Now()
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	p := &Pacer{stalls: []stall{{at(100), at(300)}, {at(1000), at(1100)}}}
	for _, c := range []struct {
		name           string
		from, to, want int
	}{
		{"before all", 0, 100, 0},
		{"from the middle of one", 200, 500, 100},
		{"to the middle of one", 500, 1050, 50},
		{"inside one", 150, 250, 100},
		{"around both", 0, 2000, 300},
	} {
		if got := p.Stalled(at(c.from), at(c.to)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// stamps keeps the packets a mouth sends.
func stamps(keys *[]byte) func([]byte) {
	return func(packet []byte) {
		if packet[1]&0x7f == payloadKeys && packet[13]&0x80 != 0 {
			*keys = append(*keys, packet[12])
		}
	}
}

func TestFramesWithoutKeysPressNone(t *testing.T) {
	var released []byte
	m := newMouth(stamps(&released))
	m.setOpen()
	done := m.press("12")
	for range 100 {
		m.tick(false)
	}
	if len(released) != 0 {
		t.Fatalf("released %v", released)
	}
	for range 2*(keyFrames+keyPause+1) + 1 {
		m.tick(true)
	}
	select {
	case <-done:
	default:
		t.Error("the keys are not pressed")
	}
	if len(released) != 2*keyRepeats || released[0] != 1 || released[keyRepeats] != 2 {
		t.Errorf("released %v", released)
	}
}
