package call

import "time"

// List names one of the two lists that people keep about callers.
type List string

// The lists.
const (
	Contacts List = "contacts" // people who are known: their calls are not touched
	Blocks   List = "blocks"   // callers who never get through
)

// Entry is one line of a list. Name and Word are people's own; Pattern is one of
//
//	+441632960123                  one number, E.164; or the digits of one that has no such form
//	+441632*                       every number that begins so
//	+441632960000-+441632960999    every number of a range, both ends included
//	name:*parcel*                  every display name that fits, in any case; * stands for anything (blocks only)
type Entry struct {
	Line    LineID // empty for the whole house
	List    List
	Pattern string
	Name    string // who that is, for people; may be empty
	Verify  bool   // a contact: the number alone is no proof, and a word is asked for
	Word    string // the keys of that word, 3 to 12 digits; empty when it is spoken and the resident judges it
	Since   time.Time
	Until   time.Time // the entry means nothing from then on; zero for never
	Source  string    // how it came to be, in words: "by hand", "import of family.csv", "the resident pressed 7"
}

// EntryKey tells one entry from another. There is one entry for each key.
type EntryKey struct {
	Line    LineID
	List    List
	Pattern string
}

// Key is what tells the entry from another.
func (e Entry) Key() EntryKey { return EntryKey{e.Line, e.List, e.Pattern} }

// Holds reports whether the entry means something at now.
func (e Entry) Holds(now time.Time) bool { return e.Until.IsZero() || now.Before(e.Until) }
