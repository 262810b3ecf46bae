package desk

import (
	"context"
	"fmt"
	"time"

	"clearline/lib/store"
	"clearline/lib/users"
)

// noteMax is how long somebody waits for what they did to be written down.
const noteMax = 2 * time.Second

// What people do, as the audit log has it, besides the choices about callers: call.Choice.
const (
	DidPut        = "put"    // an entry on a list
	DidRemove     = "remove" // an entry from a list
	DidImport     = "import" // many entries
	DidExport     = "export" // a list
	DidPlay       = "play"   // a recording
	DidErase      = "erase"  // a recording
	DidPause      = "pause"  // screening on a line
	DidResume     = "resume"
	DidSignIn     = "sign-in"        // proved who they are
	DidFailSignIn = "sign-in-failed" // did not
	DidSignOut    = "sign-out"
	DidMakeUser   = "user-add"
	DidChangeUser = "user-change"
	DidRemoveUser = "user-remove"
)

// Note writes down what somebody did, who and when among it.
func (d *Desk) Note(ctx context.Context, p Person, deed store.Deed) error {
	deed.At, deed.By, deed.Remote = time.Now().UTC(), p.Name, p.Remote
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteMax)
	defer cancel()
	if err := d.opts.Audit.AddDeed(ctx, deed); err != nil {
		d.opts.Log.Error("audit log not written", "by", deed.By, "did", deed.Did, "line", deed.Line, "to", deed.To, "remote", deed.Remote, "err", err)
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// note writes down what cannot be taken back. When the store cannot be written, the log of
// the program has it.
func (d *Desk) note(ctx context.Context, p Person, deed store.Deed) { _ = d.Note(ctx, p, deed) }

// Deeds is a page of the audit log, the latest first, for admins. The error wraps
// ErrForbidden, or is a *WrongError.
func (d *Desk) Deeds(ctx context.Context, p Person, cursor string, most int) (Page[store.Deed], error) {
	if p.Role != users.Admin {
		return Page[store.Deed]{}, fmt.Errorf("read the audit log: %w: it is for admins", ErrForbidden)
	}
	n, err := limit(most)
	if err != nil {
		return Page[store.Deed]{}, err
	}
	var before uint64
	if err := d.cursors.open("deeds", cursor, &before); err != nil {
		return Page[store.Deed]{}, err
	}
	deeds, err := d.opts.Audit.Deeds(ctx, before, n+1)
	if err != nil {
		return Page[store.Deed]{}, fmt.Errorf("read the audit log: %w", err)
	}
	page := Page[store.Deed]{Items: deeds[:min(n, len(deeds))]}
	if len(deeds) > n {
		page.Next, err = d.cursors.seal("deeds", deeds[n-1].ID)
	}
	return page, err
}
