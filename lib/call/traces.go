package call

// Traces are what is kept about a number.
type Traces struct {
	Calls    []ID     // of the history, from the number; what was recorded in them begins with their IDs
	Suspect  []ID     // attempts of residents that name it as their suspect
	Windows  int      // that are about the number
	Entries  []Entry  // of the lists, for that number alone
	Letters  int      // to people, not sent yet, that name it
	Deeds    int      // of the audit log, that name it
	UnderWay []ID     // calls that go on, or were left behind when Clearline was stopped
	Copies   []string // files that hold it: snapshots of the store, and copies that were put aside
}

// None reports whether nothing is kept.
func (t Traces) None() bool {
	return len(t.Calls)+len(t.Suspect)+t.Windows+len(t.Entries)+t.Letters+t.Deeds+len(t.UnderWay)+len(t.Copies) == 0
}
