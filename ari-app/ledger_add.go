package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/number"
)

// addition holds the flags of what is added by hand.
type addition struct {
	onList
	Number   []string `help:"Who: a number, a prefix such as 01632*, or a range." arg:"" optional:""`
	Name     string   `help:"Who that is, for you." placeholder:"TEXT"`
	Expires  string   `help:"When it ends: 24h, 7d, or the last day, such as 2026-12-24." placeholder:"WHEN"`
	FromCall string   `help:"Take the number from the call with this id; clearline calls shows it." placeholder:"ID"`
}

// add puts an entry made by hand on a list. of changes it first.
func (f addition) add(o *output, list call.List, of func(*ledger, *call.Entry) error) error {
	if len(f.Number) > 0 == (f.FromCall != "") {
		return usageError("say who: a number, or --from-call with the id of a call")
	}
	l, err := f.open(o, list)
	if err != nil {
		return err
	}
	ctx, cancel := interruptible() // a million entries take a while
	defer cancel()
	e := call.Entry{Line: l.line, List: list, Name: number.DisplayName(f.Name), Since: l.now.UTC(), Source: "by hand"}
	if e.Until, err = expiry(f.Expires, l.now, l.cfg.Timezone); err != nil {
		return err
	}
	p, err := f.who(ctx, l, &e)
	if err != nil {
		return err
	}
	e.Pattern = p.String()
	if err := of(l, &e); err != nil {
		return err
	}
	all, err := l.everything(ctx)
	if err != nil {
		return err
	}
	if err := l.kept.Change(ctx, []call.Entry{e}, nil); err != nil {
		return fmt.Errorf("add the %s: %w", l.one(), err)
	}
	return l.added(e, all)
}

// who finds out whom the entry is for.
func (f addition) who(ctx context.Context, l *ledger, e *call.Entry) (number.Pattern, error) {
	if f.FromCall == "" {
		return l.pattern(f.Number)
	}
	records, err := l.kept.Records(ctx, history.Most)
	if err != nil {
		return number.Pattern{}, fmt.Errorf("read the history: %w", err)
	}
	for _, r := range records {
		if string(r.ID) != f.FromCall {
			continue
		}
		if r.From.Presentation != call.Allowed || r.From.Number == "" {
			return number.Pattern{}, fmt.Errorf("the caller of call %s showed no number: there is nothing to tell the next call by", r.ID)
		}
		e.Source = fmt.Sprintf("by hand, from call %s", r.ID)
		if l.list == call.Blocks && e.Name == "" {
			e.Name = number.DisplayName(r.From.Name) // of a contact it would be what a stranger says
		}
		if p, ok := number.Canonical(r.From.Number); ok {
			return p, nil
		}
		return number.ParsePattern(r.From.Number, l.cfg.Region)
	}
	return number.Pattern{}, fmt.Errorf("there is no call %s in the history: clearline calls shows the ids of the latest ones", quoted(f.FromCall))
}

// added says what was added, and what that means beside the rest of both lists.
func (l *ledger) added(e call.Entry, all []call.Entry) error {
	verb := "added"
	for _, other := range all {
		switch {
		case other.Key() == e.Key():
			verb = "changed"
		case other.List != e.List && other.Holds(l.now) && meets(e, other):
			l.conflict(e, other)
		}
	}
	var more string
	if !e.Until.IsZero() {
		more += ", until " + l.when(e.Until)
	}
	switch {
	case e.Word != "":
		more += ", asked for the word on the keypad"
	case e.Verify:
		more += ", asked for a spoken word that the resident judges"
	}
	_, err := fmt.Fprintf(l.out, "%s %s for %s: %s%s%s\n", l.one(), verb, scope(e.Line), l.shownPattern(e.Pattern), called(e), more)
	return err
}

// conflict warns that an entry is on one list and another on the other.
func (l *ledger) conflict(e, other call.Entry) {
	if e.List == call.Contacts {
		complain(l.err, "clearline: warning: %s%s is blocked for %s as well; the contact wins\n",
			l.shownPattern(other.Pattern), called(other), scope(other.Line))
		return
	}
	complain(l.err, "clearline: warning: %s%s is a contact for %s as well; the contact wins, and the block does nothing there. To take the contact away: clearline contact remove '%s'%s\n",
		l.shownPattern(other.Pattern), called(other), scope(other.Line), plain(other.Pattern), scopeFlag(other.Line))
}

// onKeypad is where each letter is on a keypad (ITU-T E.161).
const onKeypad = "22233344455566677778889999"

// keyed turns a word into the keys it is dialled with.
func keyed(word string) (string, error) {
	var keys strings.Builder
	for _, r := range strings.ToLower(word) {
		switch {
		case '0' <= r && r <= '9':
			keys.WriteRune(r)
		case 'a' <= r && r <= 'z':
			keys.WriteByte(onKeypad[r-'a'])
		case r == ' ' || r == '-':
		default:
			return "", usageError("--word: only letters from a to z and digits are on a keypad")
		}
	}
	if n := keys.Len(); n < 3 || n > 12 {
		return "", usageError(fmt.Sprintf("--word: %d keys cannot be a word; it has 3 to 12", n))
	}
	return keys.String(), nil
}

// word takes the word of a family from the command line, or from standard input, where
// nobody else on the machine sees it.
func (o *output) word(text string) (string, error) {
	if text != "-" {
		return keyed(text)
	}
	if terminal(o.in) {
		complain(o.err, "The word, in letters or digits: ")
	}
	line, err := bufio.NewReader(io.LimitReader(o.in, 1000)).ReadString('\n')
	if err != nil && (err != io.EOF || line == "") { //nolint:errorlint // bufio returns it as it is
		return "", fmt.Errorf("read the word: %w", err)
	}
	return keyed(strings.TrimRight(line, "\r\n"))
}

// terminal says whether somebody sits at the other end.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
