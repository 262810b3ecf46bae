package redisstore

import (
	"fmt"
	"net/url"
	"time"

	"clearline/lib/call"
)

// Keys and the channel that belong to no line.
const (
	formatKey = "clearline:format" // version of what is written
	linesKey  = "clearline:lines"  // set of the ids of lines that have keys
	notices   = "clearline:lists"  // channel: tells of what Watch tells of
)

// What is kept of a line, in the order in which the script knows it.
const (
	calls    = iota // hash of call ID to what was saved
	records         // hash of call ID to stamp of arrival and record
	arrivals        // sorted set of stamp of arrival and call ID, all scores zero
	unknown         // hash of the last unknown caller's record, and of what orders it
	attempts        // hash of attempt ID to whether it has an outcome, stamp and attempt
	moments         // sorted set of stamp and attempt ID, all scores zero
	windows         // hash of kind and number to stamp of the end and window
	entries         // hash of list, NUL and pattern to stamp of the end and entry
	ends            // sorted set of stamp of the end and field, of entries that end, all scores zero
	revision        // number of changes there have been that Watch tells of
	blocks          // hash of number to block, as earlier versions wrote them
	birth           // when the first of these was written: another one shows that they were lost
	turns           // hash of writer to stamp and number of the last turn
)

var kinds = [...]string{
	calls: "calls", records: "records", arrivals: "arrivals", unknown: "last-unknown",
	attempts: "attempts", moments: "moments", windows: "windows",
	entries: "entries", ends: "ends", revision: "revision", blocks: "blocks",
	birth: "birth", turns: "turns",
}

// key names one kind of what is kept of a line. The braces make a Redis Cluster keep
// all of a line in one place; there are no others, whatever the line is called.
func key(line call.LineID, kind int) string {
	return "clearline:{line:" + url.QueryEscape(string(line)) + "}:" + kinds[kind]
}

// keys names all kinds.
func keys(line call.LineID) []string {
	all := make([]string, len(kinds))
	for kind := range kinds {
		all[kind] = key(line, kind)
	}
	return all
}

// stampLen is the length of a stamp; the script knows it too.
const stampLen = 21

// stamp is a time as digits that sort as times do, to the nanosecond. A time before
// year 1 is taken for its beginning.
func stamp(t time.Time) string {
	var beginning time.Time
	if t.Before(beginning) {
		t = beginning
	}
	return fmt.Sprintf("%012d%09d", t.Unix()-beginning.Unix(), t.Nanosecond())
}
