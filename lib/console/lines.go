package console

import (
	"net/http"

	"clearline/lib/call"
	"clearline/lib/desk"
)

// lines shows how each line is set up, and what it does just now.
func (c *Console) lines(v *visit) error {
	c.show(v, http.StatusOK, "lines", struct{ Lines []desk.LineNow }{c.opts.Desk.Lines(v.person)})
	return nil
}

// pause stops screening on a line for an hour, or begins again.
func (c *Console) pause(v *visit) error {
	if err := v.form(formMost); err != nil {
		return err
	}
	line, err := c.opts.Desk.Line(v.person, call.LineID(v.PathValue("id")))
	if err != nil {
		return err
	}
	said, on := "lines.screened-again", false
	switch v.PostForm.Get("do") {
	case "pause":
		said, on = "lines.paused", true
	case "resume":
	default:
		return &desk.WrongError{Field: "do", Why: "pause or resume"}
	}
	if err := c.opts.Desk.Pause(v.Context(), v.person, line.ID, on); err != nil {
		return err
	}
	return c.back(v, "/lines", v.words.say(said, line.Name))
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
