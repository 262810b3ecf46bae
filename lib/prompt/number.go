package prompt

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// NumberLength is how many keys reach a prompt at a telephone.
const NumberLength = 3

// numberKeys are what numbers of prompts are made of: 1, 9 and 0 begin the numbers that people
// dial for help, and are left to those.
const numberKeys = "2345678"

// order is that of the tables when somebody goes through all prompts: what strangers and
// residents hear of a call comes first. Tables that are not named follow.
var order = []string{"screening", "consult", "guard", "clearing", "mailbox", "handset"}

// Recordable are the prompts that somebody can say in another voice, in the order in which a
// telephone goes through them: all but the silence. The slice is the caller's.
func Recordable() []Name { return slices.Clone(recordable()) }

var recordable = sync.OnceValue(func() []Name {
	c, err := LoadCatalogue(DefaultLanguage)
	if err != nil {
		panic(err.Error()) // the texts are embedded, and every test reads them
	}
	names := slices.DeleteFunc(c.Names(), func(n Name) bool { return n == Pause })
	place := func(n Name) int {
		table, _, _ := strings.Cut(string(n), "/")
		at := slices.Index(order, table)
		if at < 0 {
			return len(order)
		}
		return at
	}
	slices.SortStableFunc(names, func(a, b Name) int { return cmp.Compare(place(a), place(b)) })
	return names
})

// NumberOf is what is keyed at a telephone to reach a prompt: three keys from 2 to 8. It is
// empty for a name that is none of Recordable. Numbers may change with the version.
func NumberOf(name Name) string {
	at := slices.Index(recordable(), name)
	if at < 0 {
		return ""
	}
	keys := make([]byte, NumberLength)
	for i := range keys {
		keys[NumberLength-1-i] = numberKeys[at%len(numberKeys)]
		at /= len(numberKeys)
	}
	return string(keys)
}

// Numbered is the prompt with a number.
func Numbered(keys string) (Name, bool) {
	at := 0
	for _, key := range keys {
		digit := strings.IndexRune(numberKeys, key)
		if digit < 0 {
			return "", false
		}
		at = at*len(numberKeys) + digit
	}
	if len(keys) != NumberLength || at >= len(recordable()) {
		return "", false
	}
	return recordable()[at], true
}

// Stepped is the prompt so many after name, or before it; behind the last comes the first.
func Stepped(name Name, by int) Name {
	all := recordable()
	at := (slices.Index(all, name) + by) % len(all)
	return all[(at+len(all))%len(all)]
}
