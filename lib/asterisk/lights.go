package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"clearline/lib/flow"
)

// showMessages sets the state of the line's mailbox, from which Asterisk tells telephones
// that have subscribed to it, or whose endpoint or aor names it in mailboxes= (RFC 3842). The
// mailbox is named after the line. res_stasis_mailbox has to be loaded.
func (c *Client) showMessages(ctx context.Context, e flow.ShowMessages) error {
	path := "/mailboxes/" + escaped(e.Line) + "?oldMessages=" + strconv.Itoa(e.Kept) + "&newMessages=" + strconv.Itoa(e.Fresh)
	if err := c.request(ctx, http.MethodPut, path, nil); err != nil {
		return fmt.Errorf("show messages of line %s: %w", e.Line, err)
	}
	return nil
}
