package fastagi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"clearline/lib/call"
	"clearline/lib/callerid"
)

const (
	maxBytes = 16 << 10 // of everything one client may send
	maxLines = 100      // of the same
	maxLine  = 1 << 10  // bytes of a line that are kept; the rest of it is passed over
)

var (
	errTooLong = fmt.Errorf("read from the exchange: more than %d bytes or %d lines", maxBytes, maxLines)
	errHalf    = errors.New("read from the exchange: it ended before the empty line that ends the header")
)

// lines reads what a client sends, line by line and within bounds.
type lines struct {
	in   *bufio.Reader
	left *io.LimitedReader
	read int
}

func newLines(r io.Reader) *lines {
	left := &io.LimitedReader{R: r, N: maxBytes}
	return &lines{in: bufio.NewReaderSize(left, maxLine), left: left}
}

// next returns a line without its end.
func (l *lines) next() (string, error) {
	if l.read++; l.read > maxLines {
		return "", errTooLong
	}
	part, more, err := l.in.ReadLine()
	line := string(part)
	for more && err == nil {
		_, more, err = l.in.ReadLine()
	}
	if l.left.N <= 0 && l.in.Buffered() == 0 {
		return "", errTooLong
	}
	return line, err
}

// header is what Asterisk says first. Of a name that comes twice the first counts: what a
// stranger's text adds stands behind the address and the channel's name.
type header map[string]string

func readHeader(l *lines) (header, error) {
	h := header{}
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil, errHalf
		}
		if err != nil {
			return nil, err
		}
		if line == "" {
			return h, nil
		}
		name, value, _ := strings.Cut(line, ":")
		if _, known := h[name]; !known {
			h[name] = strings.TrimSpace(value)
		}
	}
}

// script is the path of the address that was asked for, and what stands behind it. A plus
// there begins a number: a dialplan writes no spaces.
func (h header) script() (path string, said url.Values) {
	path, query, _ := strings.Cut(h["agi_network_script"], "?")
	said, _ = url.ParseQuery(strings.ReplaceAll(query, "+", "%2B")) // it returns what can be read
	return path, said
}

// arrival reads a call. At is left to the caller.
func (h header) arrival(said url.Values) Arrival {
	dialled := said.Get("dialled")
	if dialled == "" {
		dialled = h["agi_extension"]
	}
	return Arrival{
		Leg:     call.LegID(callerid.Text(h["agi_uniqueid"])),
		Line:    call.LineID(callerid.Text(said.Get("line"))),
		Dialled: callerid.Number(dialled),
		From: call.Caller{
			Number:       callerid.Number(h["agi_callerid"]),
			Name:         callerid.Text(known(h["agi_calleridname"])),
			Presentation: h.presentation(said.Get("presentation")),
			Trunk:        callerid.Endpoint(h["agi_channel"]),
			Attested:     callerid.Attestation(said.Get("attested"), said.Get("presentation")),
			Category:     callerid.Text(said.Get("category")),
		},
	}
}

// dialling reads a number that a resident dials. At is left to the caller.
func (h header) dialling(said url.Values) Dialling {
	return Dialling{
		Leg:     call.LegID(callerid.Text(h["agi_uniqueid"])),
		Line:    call.LineID(callerid.Text(said.Get("line"))),
		Dialled: callerid.Number(said.Get("dialled")),
	}
}

// presentation is the dialplan's word, or Asterisk's number where it has none.
func (h header) presentation(word string) call.Presentation {
	if word != "" {
		return callerid.Presentation(word, h["agi_callerid"])
	}
	code, err := strconv.Atoi(h["agi_callingpres"])
	if err != nil {
		code = -1 // no presentation at all
	}
	return callerid.PresentationCode(code, h["agi_callerid"])
}

// known takes away the word Asterisk writes where it has nothing to say.
func known(s string) string {
	if s == "unknown" {
		return ""
	}
	return s
}
