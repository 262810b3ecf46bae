package docker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"clearline/lib/testbed"
)

// The addresses that docs/docker.md gives to people with softphones.
const (
	houseAt = "127.0.0.1:5060"
	worldAt = "127.0.0.1:5080"
)

// screened is a call that is screened and put through, outlives a new start of Clearline's
// container, and is ended by 999.
const screened = `
caller rings 01632 960101
caller is answered
caller hears screening/greeting
caller presses the digit asked for
caller hears screening/ask-purpose
caller has heard screening/ask-purpose to the end
wait 900ms
caller says tone 620 for 2s
caller presses #
resident rings
resident shows "Peter"
resident answers
resident hears consult/they-said
resident hears tone 620
resident hears consult/to-accept
resident presses 5
caller and resident hear each other
clearline's container is started anew
caller and resident hear each other
resident presses 1234
wait 500ms
caller got no key
resident presses 999
caller is hung up
resident hears a sound
resident hangs up
`

// TestAHouseInContainers starts compose.yaml as it stands and telephones in it. It needs
// root, podman, the images, and a network of its own.
func TestAHouseInContainers(t *testing.T) {
	if os.Getenv("CLEARLINE_CONTAINERS") == "" {
		t.Skip("needs images and a network of its own: scripts/test-docker")
	}
	opens(t)
	for _, service := range lasting {
		t.Run(service+" may do nothing but its work", func(t *testing.T) { house{t}.isContained(service) })
	}
	t.Run("a call", func(t *testing.T) { house{t}.isCalled() })
	if t.Failed() {
		return
	}
	t.Run("what was said can be taken away", func(t *testing.T) { house{t}.forgets() })
	t.Run("what is known outlives Redis and Clearline", func(t *testing.T) { house{t}.remembers() })
	t.Run("what is the operator's is not prepared again", func(t *testing.T) { house{t}.staysAsItIs() })
}

// isContained looks at a container from within.
func (h house) isContained(service string) {
	if out := h.must("podman", "inspect", "--format", "{{.HostConfig.ReadonlyRootfs}}", container(service)); strings.TrimSpace(out) != "true" {
		h.Errorf("its root file system is read-only: %s", out)
	}
	if out, err := h.in(service, "id", "-u"); err != nil || strings.TrimSpace(out) == "0" {
		h.Errorf("its user is %s %v", out, err)
	}
	if out, err := h.in(service, "touch", "/usr/local/bin/new"); err == nil {
		h.Errorf("it can write a program: %s", out)
	}
	status, err := h.in(service, "cat", "/proc/1/status")
	for _, want := range []string{"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"} {
		if err != nil || !strings.Contains(status, want) {
			h.Errorf("its first process has not %q: %v", want, err)
		}
	}
}

// isCalled plays the call, with telephones that register as softphones do.
func (h house) isCalled() {
	sounds := filepath.Join(h.volume("sounds"), "en_GB")
	bed, err := testbed.Visit(h.Context(), sounds)
	if err != nil {
		h.Fatal(err)
	}
	defer bed.Close()
	secrets := h.passwords()
	for _, phone := range [][3]string{{"resident", houseAt, "101"}, {"neighbour", houseAt, "102"}, {"caller", worldAt, "stranger"}} {
		if _, err := bed.Softphone(h.Context(), phone[0], phone[1], phone[2], secrets[phone[2]]); err != nil {
			h.Fatal(err)
		}
	}
	if out, err := h.run("podman", "exec", "--user", "clearline", container("pbx"), "clearline", "doctor"); err != nil || !strings.Contains(out, ", 0 findings") {
		h.Errorf("the doctor says: %s %v", out, err)
	}
	verbs := testbed.NewVerbs()
	if err := verbs.Verb("clearline's container is started anew", h.startsAnew); err != nil {
		h.Fatal(err)
	}
	if err := verbs.Verb("{who:phone} has heard {prompt:word} to the end", toTheEnd(sounds)); err != nil {
		h.Fatal(err)
	}
	scenario, err := verbs.Parse("call", screened)
	if err != nil {
		h.Fatal(err)
	}
	begun := time.Now()
	if err := (&testbed.Play{Bed: bed.Bed, Patience: time.Minute}).Perform(h.Context(), scenario); err != nil {
		var text strings.Builder
		bed.Timeline.Print(&text, begun)
		h.Fatalf("%v\ntimeline:\n%s", err, text.String())
	}
	attempts := listed[struct{ Dialled, Outcome, Urgency, Way string }](h, "incidents", "--json")
	if len(attempts) != 1 || attempts[0] != (struct{ Dialled, Outcome, Urgency, Way string }{"999", "cleared", "high", "guarded"}) {
		h.Errorf("incidents are %+v", attempts)
	}
}

// toTheEnd waits until a sentence that a phone began to hear must be over.
func toTheEnd(sounds string) func(context.Context, *testbed.Play, testbed.Values) error {
	return func(ctx context.Context, p *testbed.Play, v testbed.Values) error {
		samples, err := testbed.ReadWAV(filepath.Join(sounds, v["prompt"]+".wav"))
		if err != nil {
			return err
		}
		heard := p.Bed.Phone(v["who"]).HeardSince(time.Time{}, v["prompt"])
		if len(heard) == 0 {
			return fmt.Errorf("%s has not heard %s", v["who"], v["prompt"])
		}
		over := heard[len(heard)-1].At.Add(time.Duration(len(samples)) * time.Second / 8000)
		select {
		case <-time.After(time.Until(over)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// startsAnew starts Clearline's container anew, as an update does: it drains for 30 seconds,
// and those who talk go on meanwhile.
func (h house) startsAnew(ctx context.Context, _ *testbed.Play, _ testbed.Values) error {
	if out, err := exec.CommandContext(ctx, "podman-compose", "--no-ansi", "restart", "clearline").CombinedOutput(); err != nil {
		return fmt.Errorf("restart: %w: %s", err, out)
	}
	for h.isReady() != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// forgets looks whether what Asterisk recorded is in the shared folder, and whether Clearline
// may remove it there.
func (h house) forgets() {
	kept := h.recordings()
	if len(kept) != 1 {
		h.Fatalf("recordings in the shared folder: %q", kept)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Size() < 16000 {
		h.Errorf("of two seconds of sound %d bytes were kept: %v", info.Size(), err)
	}
	if out, err := h.in("clearline", "clearline", "forget", "01632960200"); err != nil {
		h.Fatal(out, err)
	}
	if kept = h.recordings(); len(kept) > 0 {
		h.Errorf("what was forgotten is still in the shared folder: %q", kept)
	}
}

// remembers lets Redis end without notice, and Clearline begin anew.
func (h house) remembers() {
	type contact struct{ Number string }
	if out, err := h.in("clearline", "clearline", "contact", "add", "01632 960123"); err != nil {
		h.Fatal(out, err)
	}
	h.comes("the contact is on the disk", func() error {
		_, err := h.run("grep", "-rq", "1632960123", h.volume("store"))
		return err
	})
	h.must("sh", "-euc", h.copying())
	if copied := h.must("podman", "exec", container("redis"), "head", "-c", "5", "/data/copy.rdb"); copied != "REDIS" {
		h.Errorf("the copy of the store begins with %q", copied)
	}
	h.must("podman", "kill", "--signal", "KILL", container("redis"))
	h.must("podman-compose", "--no-ansi", "start", "redis")
	if err := h.startsAnew(h.Context(), nil, nil); err != nil {
		h.Fatal(err)
	}
	h.comes("Clearline is ready again", h.isReady)
	if found := listed[contact](h, "contact", "list", "--json"); len(found) != 1 {
		h.Errorf("contacts are %+v", found)
	}
}

// copying is what docs/docker.md prints to copy the store.
func (h house) copying() string {
	h.Helper()
	printed := regexp.MustCompile("`docker compose exec (redis sh -c '[^']*')`").FindStringSubmatch(text(h.T, "../docs/docker.md"))
	if printed == nil {
		h.Fatal("the document does not say how the store is copied")
	}
	return "podman-compose --no-ansi exec -T " + printed[1]
}

// staysAsItIs prepares a second time, after a change of the operator's.
func (h house) staysAsItIs() {
	const mine = `
[[line]]
id = "flat-3"
name = "Flat 3"
numbers = ["01632 960103"]
endpoints = ["PJSIP/103"]
`
	before := h.passwords()
	text, err := h.in("clearline", "cat", "/etc/clearline/clearline.toml")
	if err != nil {
		h.Fatal(err)
	}
	changed := exec.CommandContext(h.Context(), "podman-compose", "--no-ansi", "--profile", "once", "run", "--rm", "-T", "prepare",
		"sh", "-c", "cat > /etc/clearline/clearline.toml")
	changed.Stdin = strings.NewReader(text + mine)
	if out, err := changed.CombinedOutput(); err != nil {
		h.Fatalf("change the configuration: %v: %s", err, out)
	}
	h.prepares()
	if after := h.passwords(); after["101"] != before["101"] || after["101"] == "" {
		h.Error("the telephones have other passwords")
	}
	if out, err := h.in("pbx", "grep", "-c", "flat-3", "/etc/asterisk/clearline.conf"); err != nil {
		h.Errorf("the dialplan knows nothing of a new line: %s %v", out, err)
	}
}
