package console

import (
	"net/http"

	"clearline/lib/desk"
)

// lines shows how each line is set up, and what it does just now.
func (c *Console) lines(v *visit) error {
	c.show(v, http.StatusOK, "lines", struct{ Lines []desk.LineNow }{c.opts.Desk.Lines(v.person)})
	return nil
}

// health shows how Clearline is, to everybody: a warden who waits for calls that cannot come
// has to know.
func (c *Console) health(v *visit) error {
	page := struct {
		Parts []Part
		Well  bool
	}{c.opts.Parts(), true}
	for _, p := range page.Parts {
		page.Well = page.Well && p.Well
	}
	c.show(v, http.StatusOK, "health", page)
	return nil
}
