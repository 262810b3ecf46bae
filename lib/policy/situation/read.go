package situation

import (
	"fmt"
	"io/fs"
	"strings"
	"time"

	"clearline/lib/call"
)

// Read reads all files *.txt of a folder, in the order of their names. A line at the
// left edge is a situation's title. What is known follows below it, indented:
//
//	The ward rings about tomorrow's discharge
//		legitimate; withheld; Tue 14:20; screened
//		contact 01632 960210 "The surgery" verify until Wed 12:00
//
// First come the kind, the caller, the time and the wanted outcome. The kind is
// legitimate or fraudulent. The caller is a number, withheld or unavailable; then may
// follow a name in quotes, "by ENDPOINT", payphone, operator, passed and failed (what
// the network found out about the number). The time is one of the week of 2 March 2026.
// Each further line is one fact:
//
//	contact PATTERN ["name"] [house] [verify] [until DAY HH:MM]
//	block PATTERN [house] [until DAY HH:MM]
//	dialled emergency 20m ago      the resident did; an hour for calling back
//	dialled service 3h ago         likewise; 24 hours
//	cut off CALLER 5m ago          the resident dialled for help in that call; until an hour is over
//	under attack 5m ago            for ten minutes
//	night 22:00-07:00              strangers leave a message
//	endpoint telecare              its calls are always trusted
//	earlier calls 2                within half an hour, not put through
//
// Empty lines, and those that begin with "#", mean nothing. The error names file, line
// and what would be right.
func Read(folder fs.FS) ([]Situation, error) {
	files, err := fs.Glob(folder, "*.txt")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("read situations: no files *.txt (%w)", err)
	}
	var all []Situation
	for _, file := range files {
		read, err := readFile(folder, file)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	return all, nil
}

func readFile(folder fs.FS, file string) ([]Situation, error) {
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, fmt.Errorf("read situations: %w", err)
	}
	var all []Situation
	row := 0
	for line := range strings.Lines(string(text)) {
		row++
		fact := strings.TrimSpace(line)
		switch {
		case fact == "" || line[0] == '#':
			continue
		case line[0] != '\t':
			all = append(all, Situation{File: file, Row: row, Title: fact})
			continue
		case len(all) == 0:
			err = fmt.Errorf("a situation begins with its title at the left edge")
		default:
			err = all[len(all)-1].learn(fact)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, row, err)
		}
	}
	for _, s := range all {
		if s.Want == "" {
			return nil, fmt.Errorf("%s:%d: %q says nothing of the call; want kind; caller; time; outcome below it", s.File, s.Row, s.Title)
		}
	}
	return all, nil
}

// learn takes one line of what is known.
func (s *Situation) learn(fact string) error {
	if s.Want == "" {
		return s.begin(fact)
	}
	w := words(fact)
	switch first := w.next(); first {
	case "contact":
		return s.enter(call.Contacts, w)
	case "block":
		return s.enter(call.Blocks, w)
	case "dialled", "cut", "under":
		return s.happened(first, w)
	case "night":
		return s.sleep(w)
	case "endpoint":
		s.Endpoints = append(s.Endpoints, w.next())
	case "earlier":
		if _, err := fmt.Sscanf(w.rest(), "calls %d", &s.Recent); err != nil {
			return fmt.Errorf("%q: want earlier calls and how many", fact)
		}
		return nil
	default:
		return fmt.Errorf("%q: nothing is known by %q", fact, first)
	}
	return w.over(fact)
}

// begin takes the first line.
func (s *Situation) begin(fact string) error {
	parts := strings.Split(fact, ";")
	if len(parts) != 4 {
		return fmt.Errorf("%q: want kind; caller; time; outcome", fact)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	switch parts[0] {
	case "legitimate", "fraudulent":
		s.Legitimate = parts[0] == "legitimate"
	default:
		return fmt.Errorf("%q: a call is legitimate or fraudulent", parts[0])
	}
	var err error
	if s.From, err = readCaller(parts[1]); err != nil {
		return err
	}
	if s.At, err = readTime(parts[2]); err != nil {
		return err
	}
	switch o := Outcome(parts[3]); o {
	case Trusted, Unchallenged, Screened, AskedWord, Message, Refused, Blocked:
		s.Want = o
		return nil
	}
	return fmt.Errorf("%q is no outcome", parts[3])
}

var london = func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // it is built in
	}
	return l
}()

// readTime reads a day and a time of the week of 2 March 2026, a Monday.
func readTime(text string) (time.Time, error) {
	name, clock, _ := strings.Cut(text, " ")
	at, err := time.Parse("15:04", clock)
	for day := range 7 {
		date := time.Date(2026, 3, 2+day, at.Hour(), at.Minute(), 0, 0, london)
		if err == nil && date.Format("Mon") == name {
			return date, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q: want a day and a time, such as Tue 14:20", text)
}
