package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"clearline/lib/testbed"
	"clearline/lib/testbed/browser"
	"clearline/lib/testbed/house"
)

const password = "correct horse battery"

// office is a house with Clearline in it, and those who look after it with their browsers.
type office struct {
	house    *house.House
	binary   string
	chromium *browser.Chromium
	pictures string
	axe      string
	windows  map[string]*browser.Window
}

// open moves everybody in.
func open(t *testing.T) *office {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real Asterisk and a real Chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build of Asterisk's root included
	defer cancel()
	o := &office{windows: map[string]*browser.Window{}, pictures: os.Getenv("CLEARLINE_SCREENSHOTS")}
	if o.pictures == "" {
		cache, err := os.UserCacheDir()
		must(t, err)
		o.pictures = filepath.Join(cache, "clearline", "pages")
	}
	must(t, os.MkdirAll(o.pictures, 0o755))
	t.Logf("pictures are written to %s", o.pictures)
	var err error
	o.axe, err = browser.Axe(ctx)
	must(t, err)
	o.binary, err = house.Build(ctx, t.TempDir())
	must(t, err)
	o.house, err = house.Open(ctx, house.Options{
		Bed: testbed.Options{Lines: []testbed.Line{
			{ID: "flat-1", Numbers: []string{"+441632960101"}, Endpoints: []string{"101"}},
			{ID: "flat-2", Numbers: []string{"+441632960102"}, Endpoints: []string{"201"}},
		}},
		Settings: map[string]string{"screening.approver": `"either"`, "screening.human_check": "false", "screening.consult_ring": `"60s"`},
	})
	must(t, err)
	t.Cleanup(o.house.Close)
	clearline, err := o.house.Run(ctx, o.binary)
	must(t, err)
	t.Cleanup(clearline.Kill)
	o.chromium, err = browser.Start()
	must(t, err)
	t.Cleanup(func() { must(t, o.chromium.Close()) })
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// employ makes a user, who opens a window and signs in.
func (o *office) employ(t *testing.T, name string, d browser.Device, role ...string) *browser.Window {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(secret, []byte(password+"\n"), 0o600))
	add := exec.CommandContext(t.Context(), o.binary, append([]string{"user", "add", name, "--config", o.house.ConfigPath, "--password-file", secret}, role...)...)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("add user %s: %v\n%s", name, err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, err := o.chromium.Open(ctx, name, "http://"+o.house.Config.Console.Listen, o.pictures, d)
	must(t, err)
	t.Cleanup(w.Close)
	o.windows[name] = w
	must(t, w.Look(ctx, "/"))
	must(t, w.Picture(ctx, "sign-in-"+name))
	if !d.Scriptless { // axe-core is a script
		must(t, o.barrierless(ctx, w))
	}
	must(t, w.SignIn(ctx, password))
	return w
}

// barrierless says whether everybody can use the page.
func (o *office) barrierless(ctx context.Context, w *browser.Window) error {
	barriers, err := w.Barriers(ctx, o.axe)
	for _, b := range barriers {
		err = errors.Join(err, errors.New(b))
	}
	return err
}

// TestWardensWorkWithABrowser plays every conversation under testdata/scenarios, with people
// who look and click; then it looks at every page.
func TestWardensWorkWithABrowser(t *testing.T) {
	o := open(t)
	ann := o.employ(t, "ann", browser.Computer, "--role", "admin")
	dark, plain := browser.Telephone, browser.Telephone
	dark.Dark, plain.Scriptless = true, true
	bob := o.employ(t, "bob", dark, "--lines", "all")
	o.employ(t, "sam", plain, "--lines", "flat-2")
	o.employ(t, "kim", plain, "--lines", "all")
	o.house.Bed.Scenarios(t, o.verbs(t), "testdata/scenarios", nil)
	t.Run("every page is usable by everybody", func(t *testing.T) { o.tour(t, ann, bob) })
}

// verbs are what people at their windows do.
func (o *office) verbs(t *testing.T) *testbed.Verbs {
	t.Helper()
	verbs := testbed.NewVerbs()
	window := func(form string, do func(ctx context.Context, w *browser.Window, v testbed.Values) error) {
		must(t, verbs.Verb("window {who:word} "+form, func(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
			w := o.windows[v["who"]]
			if w == nil {
				return fmt.Errorf("%s has no window", v["who"])
			}
			return do(ctx, w, v)
		}))
	}
	window("looks at {page:word}", func(ctx context.Context, w *browser.Window, v testbed.Values) error {
		return w.Look(ctx, v["page"])
	})
	window("sees {text:text}", func(ctx context.Context, w *browser.Window, v testbed.Values) error { return w.Sees(ctx, v["text"]) })
	window("sees {text:text} without loading", func(ctx context.Context, w *browser.Window, v testbed.Values) error {
		return errors.Join(w.Sees(ctx, v["text"]), w.SamePage(ctx))
	})
	window("clicks {name:text}", func(ctx context.Context, w *browser.Window, v testbed.Values) error { return w.Click(ctx, v["name"]) })
	window("clicks {name:text} just as {other:word} clicks {second:text}", func(ctx context.Context, w *browser.Window, v testbed.Values) error {
		clicked := make(chan error, 1)
		go func() { clicked <- o.windows[v["other"]].Click(ctx, v["second"]) }()
		return errors.Join(w.Click(ctx, v["name"]), <-clicked)
	})
	window("is shown as {name:word}", func(ctx context.Context, w *browser.Window, v testbed.Values) error { return w.Picture(ctx, v["name"]) })
	window("has no barrier", func(ctx context.Context, w *browser.Window, _ testbed.Values) error { return o.barrierless(ctx, w) })
	window("plays what the caller said", func(ctx context.Context, w *browser.Window, _ testbed.Values) error { return o.plays(ctx, w) })
	must(t, verbs.Verb("one of {a:word} and {b:word} is told that the other was faster", o.oneWasFaster))
	return verbs
}

// plays says whether somebody hears just what the exchange has recorded.
func (o *office) plays(ctx context.Context, w *browser.Window) error {
	id, heard, err := w.Listen(ctx)
	if err != nil {
		return err
	}
	recorded, err := os.ReadFile(filepath.Join(o.house.Bed.Asterisk.RecordingDir(), filepath.Base(id)+".wav"))
	if err == nil && string(recorded) != string(heard) {
		err = fmt.Errorf("%d bytes were heard, and %d recorded", len(heard), len(recorded))
	}
	return err
}

// oneWasFaster waits until one of two is told that their yes holds, and the other whose does.
func (o *office) oneWasFaster(ctx context.Context, _ *testbed.Play, v testbed.Values) error {
	a, errA := o.windows[v["a"]].Told(ctx)
	b, errB := o.windows[v["b"]].Told(ctx)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	const holds, late = "Accepted. The caller is put through.", "Somebody was faster: %s has accepted the caller."
	if a == holds && b == fmt.Sprintf(late, v["a"]) || b == holds && a == fmt.Sprintf(late, v["b"]) {
		return nil
	}
	return fmt.Errorf("%s is told %q, and %s %q", v["a"], a, v["b"], b)
}

// tour looks at every page, light and dark, on a computer and a telephone.
func (o *office) tour(t *testing.T, admin, warden *browser.Window) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	pages := map[string]string{
		"now": "/", "incidents": "/incidents", "incidents-calm": "/incidents?calm=1", "calls": "/calls", "contacts": "/people",
		"blocks": "/people?list=blocks", "lines": "/lines", "users": "/users", "health": "/health", "pictures": "/pictures",
		"account": "/account", "missing": "/calls/none",
	}
	for name, list := range map[string]string{"call": "/calls", "incident": "/incidents"} {
		must(t, admin.Look(ctx, list))
		paths, err := admin.Links(ctx, list+"/")
		must(t, err)
		if len(paths) == 0 {
			t.Fatalf("%s leads to none", list)
		}
		pages[name] = paths[0]
	}
	for name, path := range pages {
		must(t, admin.Look(ctx, path))
		must(t, admin.Picture(ctx, "page-"+name))
		if err := o.barrierless(ctx, admin); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		must(t, warden.Look(ctx, path))
		must(t, warden.Picture(ctx, "telephone-"+name))
		if err := o.barrierless(ctx, warden); err != nil {
			t.Errorf("%s in the dark: %v", path, err)
		}
		if err := warden.FitsItsWidth(ctx); err != nil {
			t.Errorf("%s on a telephone: %v", path, err)
		}
	}
}
