// Package browser shows pages in a real Chromium, for tests: what a person sees, clicks,
// hears and cannot use.
package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"
)

// Chromium is one that nobody sees. Each of its windows is of another person: they share no
// cookies.
type Chromium struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// Start runs the Chromium on PATH. It asks nobody but 127.0.0.0/8 for anything. The caller
// closes it.
func Start() (*Chromium, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // as root it does not start otherwise; it shows pages of ours only
		chromedp.DisableGPU,
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.*"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	c := &Chromium{ctx: ctx, cancel: func() { cancel(); stop() }}
	if err := chromedp.Run(ctx); err != nil {
		c.cancel()
		return nil, fmt.Errorf("start chromium (scripts/setup installs it): %w", err)
	}
	return c, nil
}

// Close ends it, and waits until it has ended.
func (c *Chromium) Close() error {
	err := chromedp.Cancel(c.ctx)
	c.cancel()
	return err
}
