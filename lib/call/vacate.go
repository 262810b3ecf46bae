package call

// Vacate asks another node to end what a line has there, because a number for help is
// dialled on it here.
type Vacate struct {
	Line LineID
	Role Role   // of the number
	Node string // which asks
}

// Vacated is what a node found of the line, and has begun to end. It is clear there when
// nothing was found, twice.
type Vacated struct {
	Legs     []LegID
	Suspects []Caller // unknown callers whose calls were ended, the one who talked to the resident first
}
