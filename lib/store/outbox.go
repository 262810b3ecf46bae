package store

import (
	"context"
	"time"
)

// Letter is one message to one receiver, on its way.
type Letter struct {
	ID     string // what is told to whom: two letters with the same one say the same
	To     string // the receiver's name in the configuration
	Event  string // what it is about, as the configuration calls it
	Title  string
	Text   string
	Urgent bool          // goes before all that are not
	Wait   time.Duration // from now on, until it is sent at the earliest
	Tries  int           // how often it could not be sent
	Posted time.Time     // when it was written
	Until  time.Time     // given up after
}

// Recall is how long an Outbox remembers a letter that was removed.
const Recall = time.Hour

// Outbox keeps letters until they are sent. What takes letters out of it may be many
// programs on many machines: whoever has taken one has it alone, for a time, by the
// store's own clock.
type Outbox interface {
	// Mail keeps letters, until they are removed. One whose ID is known takes the place of
	// the one before; one whose ID was removed within Recall is not kept.
	Mail(ctx context.Context, letters ...Letter) error
	// TakeMail hands out at most limit letters to a receiver whose Wait is over: urgent ones
	// first, and then those that have waited longest. Nobody is handed them again for lease;
	// a store that only one program can have open begins anew with that when it is opened.
	TakeMail(ctx context.Context, to string, lease time.Duration, limit int) ([]Letter, error)
	// ReturnMail gives back a letter that was taken and not sent, as it is now, Wait among it.
	// It is not kept if it was removed meanwhile.
	ReturnMail(ctx context.Context, letter Letter) error
	// RemoveMail removes a letter; one that is not there is no error, and is not kept later.
	RemoveMail(ctx context.Context, letter Letter) error
	// CountMail counts the letters that are kept, by receiver.
	CountMail(ctx context.Context) (map[string]int, error)
}
