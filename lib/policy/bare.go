package policy

import "strings"

// Bare lists what a dialled number may be without the digits in front that ask for an
// outside line, or that hide or show the own number: what was dialled comes first, then
// each reading with one more of them taken off.
func (p *Plan) Bare(dialled string) []string {
	if p == nil {
		return []string{dialled}
	}
	bare := []string{dialled}
	for _, outside := range append([]string{""}, p.outside...) {
		rest, found := strings.CutPrefix(dialled, outside)
		if !found {
			continue
		}
		if outside != "" && rest != "" {
			bare = append(bare, rest)
		}
		for _, own := range p.ownNumber() {
			if number, found := strings.CutPrefix(rest, own); found && number != "" {
				bare = append(bare, number)
			}
		}
	}
	return bare
}

// ownNumber lists the prefixes of the region that hide or show the own number.
func (p *Plan) ownNumber() []string {
	known, err := readRegion(p.region)
	if err != nil {
		return nil // the plan could not have been made
	}
	var prefixes []string
	for _, own := range known.prefixes(ownNumber) {
		if own != "" {
			prefixes = append(prefixes, own)
		}
	}
	return prefixes
}
