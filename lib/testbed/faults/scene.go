package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
	"clearline/lib/testbed/redisserver"
)

// What the house of a scene is like.
const (
	friend     = "01632960901" // a contact
	elsewhere  = "01632960998" // an ordinary number
	deadman    = 5 * time.Second
	redisPlace = "127.16.200.1"
)

// flat is a line of the house. Callers of every last one leave a message.
type flat struct {
	id, endpoint, number string
	night                bool
}

// flats are n lines by day and one by night.
func flats(n int) []flat {
	var all []flat
	for i := range n + 1 {
		all = append(all, flat{
			id: fmt.Sprintf("flat-%d", i+1), endpoint: fmt.Sprint(101 + i), number: fmt.Sprintf("01632960%03d", 101+i), night: i == n,
		})
	}
	return all
}

// scene is a house with the program in it, in which something breaks in the middle of a call.
type scene struct {
	house     *house.House
	binary    string
	clearline *house.Process
	wire, agi *wire               // to ARI, and to the verdict server
	clock     string              // the file that says how far Clearline's clock has jumped
	redis     *redisserver.Server // nil when the store is a file
	beside    *beside             // the other node; nil when there is none
	base      testbed.Baseline

	flats []flat
	line  flat // the one that is called
	from  int  // the last digits of the caller's number

	caller, resident, exchange *testbed.Phone

	struck  time.Time
	ended   bool          // every call has ended with the fault, though no telephone was told
	mended  chan struct{} // closed once the fault is over
	mendErr error         // read after mended
}

// open opens a house with so many lines, and the program in it, for what is to break.
func open(ctx context.Context, binary string, lines int, f fault) (_ *scene, err error) {
	s := &scene{binary: binary, flats: flats(lines), clock: filepath.Join(os.TempDir(), fmt.Sprintf("clearline-clock-%d", os.Getpid()))}
	if err := os.Setenv(clockEnv, s.clock); err != nil { // the program inherits it
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	settings := map[string]string{
		"guard.deadman": fmt.Sprintf("%q", deadman), "screening.consult_ring": `"20s"`, "verification.window": `"1m"`,
		// The next caller is to be greeted, whoever was called for help before.
		"verification.callback_emergency": `"0s"`, "verification.callback_other": `"0s"`,
	}
	if f.redis {
		if s.redis, err = redisserver.Start(ctx, redisserver.Options{Address: redisPlace, Durable: true}); err != nil {
			return nil, err
		}
		settings["store.url"] = fmt.Sprintf("%q", s.redis.URL())
	}
	if f.beside {
		settings["node.name"] = nodeHere
	}
	if s.house, err = house.Open(ctx, s.options(settings, f)); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	if f.beside {
		if err := s.openBeside(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.command(ctx, "contact", "add", friend); err != nil {
		return nil, err
	}
	s.base = s.house.Bed.Baseline().OfAsterisk()
	return s, nil
}

// bedLines are the lines of the house, for the test bed.
func (s *scene) bedLines() (lines []testbed.Line) {
	for _, f := range s.flats {
		lines = append(lines, testbed.Line{ID: f.id, Numbers: []string{"+44" + f.number[1:]}, Endpoints: []string{f.endpoint}})
	}
	return lines
}

// options are those of the house. What goes wrong with the wire shows when Clearline starts.
func (s *scene) options(settings map[string]string, f fault) house.Options {
	opt := house.Options{Bed: testbed.Options{Lines: s.bedLines()}, Own: map[string]string{}, Settings: settings}
	for _, f := range s.flats {
		if f.night {
			opt.Own[f.id] = `policy = { night = [{ from = "00:00", to = "12:00" }, { from = "12:00", to = "00:00" }] }`
		}
	}
	opt.ARI = func(direct string) string {
		if target, err := url.Parse(direct); err == nil {
			if s.wire, err = newWire(target.Host); err == nil {
				target.Host = s.wire.address()
				return target.String()
			}
		}
		return direct
	}
	if !f.agi {
		return opt
	}
	opt.AGI = func(direct string) string {
		var err error
		if s.agi, err = newWire(direct); err != nil {
			return direct
		}
		return s.agi.address()
	}
	return opt
}

// call makes the scene ready for a call: to a line by day or by night, from a stranger whose
// number ends in these three digits.
func (s *scene) call(ctx context.Context, nth int, from int) error {
	s.line, s.from, s.ended, s.mended, s.mendErr = s.flats[nth], from, false, make(chan struct{}), nil
	return s.phones(ctx)
}

// byNight is the line whose callers leave a message.
func (s *scene) byNight() flat { return s.flats[len(s.flats)-1] }

// phones opens the telephones of the scene.
func (s *scene) phones(ctx context.Context) (err error) {
	if s.caller, err = s.house.Bed.Caller(ctx, "caller", "", testbed.Identity{Number: fmt.Sprintf("01632960%03d", s.from), Name: "Peter"}); err != nil {
		return err
	}
	if s.resident, err = s.house.Bed.Resident(ctx, "resident", s.line.endpoint); err != nil {
		return err
	}
	s.exchange, err = s.house.Bed.Exchange(ctx, "exchange", "")
	return err
}

func (s *scene) start(ctx context.Context) (err error) {
	s.clearline, err = s.house.Run(ctx, s.binary)
	return err
}

func (s *scene) close() {
	if s.beside != nil {
		s.beside.close()
	}
	if s.clearline != nil {
		_ = s.clearline.Thaw() // or it cannot be ended
		s.clearline.Kill()
	}
	if s.house != nil {
		_ = s.house.Bed.Asterisk.Thaw()
		s.house.Close()
	}
	for _, w := range []*wire{s.wire, s.agi} {
		if w != nil {
			w.close()
		}
	}
	_ = os.Remove(s.clock)
	if s.redis != nil {
		_ = s.redis.Close()
	}
}

// strike lets something break, and mends it in its time.
func (s *scene) strike(ctx context.Context, f fault) error {
	s.struck, s.ended = time.Now(), f.ends
	s.house.Bed.Timeline.Add("fault", "%s", f.name)
	if err := f.strike(ctx, s); err != nil {
		return err
	}
	go func() {
		defer close(s.mended)
		timer := time.NewTimer(f.last)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		s.mendErr = f.mend(context.WithoutCancel(ctx), s)
		s.house.Bed.Timeline.Add("fault", "mended")
	}()
	return nil
}

// mend returns when the fault is over.
func (s *scene) mend() error {
	<-s.mended
	return s.mendErr
}

func (s *scene) command(ctx context.Context, words ...string) error {
	_, err := s.output(ctx, words...)
	return err
}

func (s *scene) output(ctx context.Context, words ...string) ([]byte, error) {
	words = append(words, "--config", s.house.ConfigPath)
	out, err := exec.CommandContext(ctx, s.binary, words...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("clearline %s: %w: %s", strings.Join(words, " "), err, exit.Stderr)
	}
	return out, err
}

// logged says whether Clearline has logged something since a time.
func (s *scene) logged(since time.Time, what string) bool {
	return slices.ContainsFunc(s.house.Bed.Timeline.Moments(since), func(m testbed.Moment) bool {
		return m.Who == "clearline" && strings.Contains(m.What, what)
	})
}

var arrivedLine = regexp.MustCompile(`msg="call arrived" call=(\S+)`)

// missing are the calls that Clearline took and that are not in the history with a cause.
func (s *scene) missing(ctx context.Context) ([]string, error) {
	out, err := s.output(ctx, "calls", "--json", "--limit", "1000")
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var record struct{ ID, Cause string }
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		known[record.ID] = record.Cause != ""
	}
	var missing []string
	for _, m := range s.house.Bed.Timeline.Moments(time.Time{}) {
		if found := arrivedLine.FindStringSubmatch(m.What); found != nil && !known[found[1]] {
			missing = append(missing, found[1])
		}
	}
	return missing, nil
}
