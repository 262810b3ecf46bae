package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

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
