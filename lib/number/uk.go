package number

import "strings"

const ukCode = 44

// block is a part of the United Kingdom's plan: what numbers begin with behind +44,
// how many digits they have in all, and their class.
type block struct {
	begin   string
	lengths string // of the national number without the leading 0, one hexadecimal digit each
	class   Class
}

// ukBlocks is the National Telephone Numbering Plan (Ofcom, "The National Telephone
// Numbering Plan", part A). The first block that fits counts; what none fits is not
// open. The library's tables are narrower: they know the ranges in use, and a caller
// from one opened last week must not count as invalid. The Channel Islands and the
// Isle of Man share the plan.
var ukBlocks = []block{
	{"10", "", Invalid}, // no area code: 010 was dialled before country codes
	{"1", "9a", Geographic},
	{"20", "a", Geographic},
	{"23", "a", Geographic},
	{"24", "a", Geographic},
	{"28", "a", Geographic},
	{"29", "a", Geographic},
	{"3", "a", UKWide},
	{"55", "a", Corporate},
	{"56", "a", VoIP},
	{"70", "a", Personal},
	{"7624", "a", Mobile}, // Isle of Man
	{"76", "a", Pager},
	{"7", "a", Mobile},
	{"800", "79a", Freephone}, // 0800 1111 and numbers of nine digits are still in use
	{"808", "a", Freephone},
	{"84", "7a", Service}, // 0845 46 4x
	{"87", "a", Service},
	{"9", "a", Premium},
}

// classifyUK classifies a national number, without the leading 0.
func classifyUK(national string) Class {
	for _, b := range ukBlocks {
		if !strings.HasPrefix(national, b.begin) {
			continue
		}
		if strings.IndexByte(b.lengths, "0123456789abcdef"[len(national)&15]) < 0 {
			return Invalid
		}
		return b.class
	}
	return Invalid
}
