package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// A Device is what somebody looks at pages with.
type Device struct {
	Width, Height int64 // in CSS pixels
	Touch         bool  // a telephone
	Dark          bool  // set to a dark scheme
	Scriptless    bool  // no script of a page runs
}

// What people have.
var (
	Computer  = Device{Width: 1280, Height: 900}
	Telephone = Device{Width: 390, Height: 844, Touch: true}
)

// Window is somebody's window.
type Window struct {
	Name string

	site     string
	pictures string
	ctx      context.Context
	cancel   context.CancelFunc
}

// Open opens a window for somebody. site is what comes before every path, such as
// http://127.0.0.1:8480, and pictures the folder that Picture writes into.
func (c *Chromium) Open(ctx context.Context, name, site, pictures string, d Device) (*Window, error) {
	w := &Window{Name: name, site: site, pictures: pictures}
	id, err := c.newWindow(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a window: %w", err)
	}
	w.ctx, w.cancel = chromedp.NewContext(c.ctx, chromedp.WithTargetID(id))
	if err := chromedp.Run(w.ctx); err != nil { // what begins a window must not end with a step
		w.cancel()
		return nil, fmt.Errorf("open a window: %w", err)
	}
	scheme := "light"
	if d.Dark {
		scheme = "dark"
	}
	look := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
	size := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if d.Touch {
		size = []chromedp.EmulateViewportOption{chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch}
	}
	if err := w.run(ctx, chromedp.EmulateViewport(d.Width, d.Height, size...), look, emulation.SetScriptExecutionDisabled(d.Scriptless)); err != nil {
		w.cancel()
		return nil, fmt.Errorf("open a window: %w", err)
	}
	return w, nil
}

// newWindow opens one that has cookies of its own. The first page of a person needs a window:
// chromedp's own way asks for a tab in one that is not there.
func (c *Chromium) newWindow(ctx context.Context) (target.ID, error) {
	ctx = cdp.WithExecutor(ctx, chromedp.FromContext(c.ctx).Browser)
	person, err := target.CreateBrowserContext().Do(ctx)
	if err != nil {
		return "", err
	}
	return target.CreateTarget("about:blank").WithBrowserContextID(person).WithNewWindow(true).Do(ctx)
}

// Close closes it.
func (w *Window) Close() { w.cancel() }

// run does something in the window, as long as ctx lasts.
func (w *Window) run(ctx context.Context, actions ...chromedp.Action) error {
	inner, cancel := context.WithCancel(w.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if err := chromedp.Run(inner, actions...); err != nil {
		return errors.Join(err, ctx.Err())
	}
	return nil
}

// mark is put on a page that was asked for, so that it is known again.
const mark = `document.documentElement.dataset.asked = "yes"`

// Look asks for a page.
func (w *Window) Look(ctx context.Context, path string) error {
	if err := w.run(ctx, chromedp.Navigate(w.site+path), chromedp.Evaluate(mark, nil)); err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	return nil
}

// between is how long a window waits before it looks again for what is not there yet.
const between = 30 * time.Millisecond

// until waits for an expression of JavaScript to be true of the page. A page may give way to
// another one meanwhile.
func (w *Window) until(ctx context.Context, expression string) error {
	for {
		var is bool
		err := w.run(ctx, chromedp.Evaluate(expression, &is))
		if err == nil && is {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(between):
		}
	}
}

// Sees waits until a text stands on the page.
func (w *Window) Sees(ctx context.Context, text string) error {
	if err := w.until(ctx, "document.body.innerText.includes("+strconv.Quote(text)+")"); err != nil {
		return fmt.Errorf("see %q: %w; %s", text, err, w.describe())
	}
	return nil
}

// Told waits until the page says what has become of what was done, and returns that.
func (w *Window) Told(ctx context.Context) (string, error) {
	if err := w.until(ctx, `document.querySelector(".said") !== null`); err != nil {
		return "", fmt.Errorf("be told: %w; %s", err, w.describe())
	}
	var text string
	err := w.run(ctx, chromedp.Evaluate(`document.querySelector(".said").innerText`, &text))
	return text, err
}

// SamePage says whether the page is the one that was asked for last, and was not loaded anew.
func (w *Window) SamePage(ctx context.Context) error {
	var same bool
	err := w.run(ctx, chromedp.Evaluate(`document.documentElement.dataset.asked === "yes"`, &same))
	if err == nil && !same {
		err = errors.New("it was loaded anew")
	}
	return err
}

// Click clicks the first button or link of a name.
func (w *Window) Click(ctx context.Context, name string) error {
	path := fmt.Sprintf("//*[self::button or self::a][normalize-space()=%q]", name)
	if err := w.run(ctx, chromedp.Click(path, chromedp.BySearch, chromedp.NodeVisible)); err != nil {
		return fmt.Errorf("click %q: %w; %s", name, err, w.describe())
	}
	return nil
}

// SignIn fills the form that asks who somebody is, and sends it.
func (w *Window) SignIn(ctx context.Context, password string) error {
	err := w.run(ctx,
		chromedp.SendKeys("input[name=name]", w.Name, chromedp.ByQuery),
		chromedp.SendKeys("input[name=password]", password+"\r", chromedp.ByQuery))
	if err != nil {
		return fmt.Errorf("sign in: %w; %s", err, w.describe())
	}
	return w.until(ctx, `document.querySelector("form[action='/sign-out']") !== null`)
}

// Picture takes one of the whole page.
func (w *Window) Picture(ctx context.Context, name string) error {
	var png []byte
	if err := w.run(ctx, chromedp.FullScreenshot(&png, 100)); err != nil {
		return fmt.Errorf("take a picture: %w", err)
	}
	return os.WriteFile(filepath.Join(w.pictures, name+".png"), png, 0o600)
}

// patience is how long a failed step may take to say what there was instead.
const patience = 2 * time.Second

// describe says what is on the page.
func (w *Window) describe() string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var text, at string
	if err := w.run(ctx, chromedp.Location(&at), chromedp.Evaluate("document.body.innerText", &text)); err != nil {
		return fmt.Sprintf("%s's page cannot be read: %v", w.Name, err)
	}
	return fmt.Sprintf("%s sees at %s: %s", w.Name, at, strings.Join(strings.Fields(text), " "))
}

// Links are the paths below a folder, such as /calls/, that links on the page lead to.
func (w *Window) Links(ctx context.Context, folder string) ([]string, error) {
	var paths []string
	script := fmt.Sprintf(`[...document.querySelectorAll("main a")].map((a) => a.getAttribute("href")).filter((to) => to.startsWith(%q))`, folder)
	if err := w.run(ctx, chromedp.Evaluate(script, &paths)); err != nil {
		return nil, fmt.Errorf("find links below %s: %w", folder, err)
	}
	return paths, nil
}

// FitsItsWidth says whether the page is read without moving it sideways.
func (w *Window) FitsItsWidth(ctx context.Context) error {
	var wide, window int64
	err := w.run(ctx,
		chromedp.Evaluate("document.documentElement.scrollWidth", &wide),
		chromedp.Evaluate("document.documentElement.clientWidth", &window))
	if err == nil && wide > window {
		err = fmt.Errorf("the page is %d pixels wide, and the window %d", wide, window)
	}
	return err
}
