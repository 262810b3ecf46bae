package call

// Search asks the exchange for the legs of a line, other than the one that dials.
type Search struct {
	Line      LineID
	Endpoints []string // of the line
	Own       LegID    // the resident's leg, which dials; not among the answer; empty when it is up elsewhere
	Known     []LegID  // of the line's calls that Clearline knows itself; counted while they are up
	Spared    []LegID  // emergency calls of the line: they and who talks there are not among the answer
	Way       Way      // a leg dialled afresh is joined to nobody: what belongs to it stays
}
