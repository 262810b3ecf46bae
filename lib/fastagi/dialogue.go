package fastagi

import (
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/CyCoreSystems/agi"
)

// dialogue is a connection whose header has been read. Package agi reads from it an empty
// header, and then answers only: a caller's number with line breaks in it may end the
// header early, and what follows is passed over.
type dialogue struct {
	net.Conn
	in   *lines
	rest string // of the line that is being read
}

func newDialogue(conn net.Conn, in *lines) *dialogue { return &dialogue{conn, in, "\n"} }

// Write implements io.Writer. What is written is all that is said: Asterisk, which reads
// ahead, would otherwise wait for more with commands already in its hands.
func (d *dialogue) Write(p []byte) (int, error) {
	n, err := d.Conn.Write(p)
	if half, ok := d.Conn.(interface{ CloseWrite() error }); ok && err == nil {
		err = half.CloseWrite()
	}
	return n, err
}

// Read implements io.Reader. It returns parts of one answer at most: package agi throws
// away what it reads beyond.
func (d *dialogue) Read(p []byte) (int, error) {
	if d.rest == "" {
		answer, err := d.answer()
		if err != nil {
			return 0, err
		}
		d.rest = answer + "\n"
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// answer is the next of Asterisk's answers.
func (d *dialogue) answer() (string, error) {
	for {
		line, err := d.in.next()
		if err != nil || isAnswer(line) {
			return line, err
		}
	}
}

// isAnswer tells Asterisk's answers, and its word that the caller is gone, from the header.
func isAnswer(line string) bool {
	if strings.HasPrefix(line, "HANGUP") {
		return true
	}
	return len(line) > 3 && strings.Trim(line[:3], "0123456789") == "" && (line[3] == ' ' || line[3] == '-')
}

// variable is one that the dialplan gets.
type variable struct{ name, value string }

// set gives the dialplan its variables, in order. All of them go in one piece: Asterisk
// runs one behind the other and goes on with the call, and waits for nobody in between.
func (d *dialogue) set(all ...variable) error {
	commands := make([]string, len(all))
	for i, v := range all {
		commands[i] = "SET VARIABLE " + v.name + " " + quote(v.value)
	}
	if err := agi.NewConn(d).Command(strings.Join(commands, "\n")).Err(); err != nil {
		return fmt.Errorf("set %s: %w", all[0].name, err)
	}
	for _, v := range all[1:] {
		answer, err := d.answer()
		if err == nil && !strings.HasPrefix(answer, "200 ") {
			err = fmt.Errorf("the exchange says %.80q", answer)
		}
		if err != nil {
			return fmt.Errorf("set %s: %w", v.name, err)
		}
	}
	return nil
}

// quote writes one argument of an AGI command. Asterisk takes a backslash and the
// character behind it for that character, between quotes also a space for itself; the
// command ends with the line. Control characters are left out.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsControl(r) && r != utf8.RuneError:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// maxReason is how many runes of a reason the dialplan gets.
const maxReason = 200

// plain makes a sentence mere text, whatever a dialplan does with it: an application's
// argument, a part of a string in an expression, a condition. Everything but letters,
// digits and . ' : + - / becomes a space. Reasons hold names people have given to contacts.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(".':+-/", r)) {
			return r
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxReason {
		s = strings.TrimSpace(string(runes[:maxReason]))
	}
	return s
}

// word keeps what the id of a line may hold, and so may name an extension.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, s)
}
