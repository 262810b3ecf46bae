package testbed

import (
	"testing"
	"time"
)

// listenTo feeds samples to an ear in frames, as if they came at their pace, and returns
// what it heard.
func listenTo(p *Prompts, tones *Tones, samples []int16) []*Heard {
	var all []*Heard
	e := newEar(p, tones, func(h Heard) func(time.Time) {
		all = append(all, &h)
		return func(until time.Time) { h.Until = until }
	})
	audio := make([]byte, len(samples))
	for i, s := range samples {
		audio[i] = asteriskUlaw(s)
	}
	at := time.Unix(0, 0)
	for len(audio) >= frameSize {
		e.feed(audio[:frameSize], at)
		audio, at = audio[frameSize:], at.Add(frameTime)
	}
	return all
}

func join(parts ...[]int16) (all []int16) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func silence(d time.Duration) []int16 { return Tone(0, d, 0) }

func mix(a, b []int16) []int16 {
	sum := make([]int16, max(len(a), len(b)))
	copy(sum, a)
	for i, x := range b {
		sum[i] += x
	}
	return sum
}

func TestEar(t *testing.T) {
	dir := t.TempDir()
	check(t, ToneTongue(dir, []string{"a/one", "a/two", "digits/4"}, BurstLength))
	check(t, WriteWAV(dir+"/a/twin.wav", Burst("a/one", BurstLength)))
	check(t, WriteWAV(dir+"/a/beep.wav", Tone(1000, time.Second, 8000)))
	prompts, err := NewPrompts(dir)
	check(t, err)
	tones := &Tones{}
	for hz := 500; hz < 2600; hz += 42 {
		tones.Add(hz)
	}
	one, two := Burst("a/one", BurstLength), Burst("a/two", BurstLength)
	gap := silence(333 * time.Millisecond)
	for _, c := range []struct {
		name    string
		samples []int16
		want    []string
	}{
		{"silence is nothing", silence(2 * time.Second), nil},
		{"a prompt is heard once each playing", join(gap, two, gap, two), []string{"a/two", "a/two"}},
		{"prompts without a pause are told apart", join(two, Burst("digits/4", BurstLength), two), []string{"a/two", "digits/4", "a/two"}},
		{"twins go by both names", join(gap, one), []string{"a/one"}},
		{"a tone is heard once", join(gap, Tone(626, time.Second, 9000), gap), []string{"tone 626"}},
		{"a tone in between the known is a sound", join(gap, Tone(647, time.Second, 9000)), []string{"a sound"}},
		{"ringing of both countries", join(mix(Tone(440, 2*time.Second, 4000), Tone(480, 2*time.Second, 4000)), silence(4*time.Second), mix(Tone(400, time.Second, 4000), Tone(450, time.Second, 4000))), []string{"ringing"}},
		{"a prompt below a tone", mix(Tone(1004, 4*time.Second, 9000), join(silence(time.Second), two)), []string{"tone 1004", "a/two"}},
		{"a prompt that is a tone", join(gap, Tone(1000, time.Second, 8000)), []string{"a/beep", "tone 1004"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := listenTo(prompts, tones, c.samples)
			ok := len(got) == len(c.want)
			for i := range got {
				ok = ok && got[i].Is(c.want[i])
			}
			if !ok {
				t.Errorf("heard %v, want %v", got, c.want)
			}
		})
	}
	if heard := listenTo(prompts, tones, one); len(heard) != 1 || !heard[0].Is("a/twin") || !heard[0].Is("twin") {
		t.Errorf("heard %v, want both names of the twins", heard)
	}
}

func TestFiftyTonesAreToldApart(t *testing.T) {
	prompts, err := NewPrompts("")
	check(t, err)
	tones := &Tones{}
	for hz := 500; hz < 2600; hz += 21 {
		tones.Add(hz)
	}
	for hz := 500; hz < 2600; hz += 21 {
		if got := listenTo(prompts, tones, Tone(float64(hz), 500*time.Millisecond, 9000)); len(got) != 1 || !got[0].Is(toneName(hz)) {
			t.Errorf("tone %d is heard as %v", hz, got)
		}
	}
}

func BenchmarkEar(b *testing.B) {
	prompts, err := NewPrompts("")
	if err != nil {
		b.Fatal(err)
	}
	tones := &Tones{}
	for hz := 500; hz < 2600; hz += 21 {
		tones.Add(hz)
	}
	second := Tone(626, time.Second, 9000)
	for b.Loop() {
		listenTo(prompts, tones, second)
	}
}
