package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"clearline/lib/users"
)

// password takes a password from where nobody else on the machine sees it: a file, standard
// input (-), or, without a name of either, a terminal that does not show it, twice.
func (o *output) password(file, prompt string) (string, error) {
	switch file {
	case "":
		return o.typed(prompt)
	case "-":
		return firstLine(o.in)
	}
	from, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	defer func() { _ = from.Close() }()
	return firstLine(from)
}

func firstLine(from io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(from, users.LongestPassword+3)).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// typed asks for a password twice.
func (o *output) typed(prompt string) (string, error) {
	keyboard, ok := o.in.(*os.File)
	if !ok || !term.IsTerminal(int(keyboard.Fd())) {
		return "", usageError("there is no terminal to ask for the password on: use --password-file, with - for standard input")
	}
	var typed [2]string
	for i, ask := range []string{prompt, "The same again"} {
		complain(o.err, "%s: ", ask)
		text, err := term.ReadPassword(int(keyboard.Fd()))
		complain(o.err, "\n")
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(text)
	}
	if typed[0] != typed[1] {
		return "", usageError("the two are not the same; nothing was changed")
	}
	return typed[0], nil
}
