package redisserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// commandTime bounds one command.
const commandTime = 2 * time.Second

// Command sends one command, its words parted by spaces, to the server itself, and
// returns its answer: a word, a number or a text. An answer that is an error is one.
func (s *Server) Command(ctx context.Context, command string) (string, error) {
	dialer := net.Dialer{Timeout: commandTime}
	conn, err := dialer.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return "", fmt.Errorf("reach redis: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(commandTime)); err != nil {
		return "", fmt.Errorf("reach redis: %w", err)
	}
	from := bufio.NewReader(conn)
	if s.opt.Password != "" {
		if _, err := exchange(conn, from, "AUTH "+s.opt.Password); err != nil {
			return "", err
		}
	}
	return exchange(conn, from, command)
}

func exchange(to io.Writer, from *bufio.Reader, command string) (string, error) {
	word, _, _ := strings.Cut(command, " ")
	if _, err := io.WriteString(to, command+"\r\n"); err != nil {
		return "", fmt.Errorf("send redis %s: %w", word, err)
	}
	line, err := from.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read redis's answer to %s: %w", word, err)
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '+', ':':
		return rest, nil
	case '-':
		return "", errors.New("redis answers " + word + ": " + rest)
	case '$':
		size, err := strconv.Atoi(rest)
		if err != nil || size < 0 {
			return "", fmt.Errorf("redis answers %s with %q", word, line)
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(from, text); err != nil {
			return "", fmt.Errorf("read redis's answer to %s: %w", word, err)
		}
		return string(text), nil
	}
	return "", fmt.Errorf("redis answers %s with %q", word, line)
}
