package roster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// lines hands a file out line by line, as UTF-8. A line that is none is read as
// Windows-1252, which has a letter for nearly every byte and agrees with Latin-1.
type lines struct {
	ctx     context.Context
	file    *counter
	r       *bufio.Reader
	rest    []string // lines that ended with a carriage return alone, still to hand out
	n       int      // lines handed out
	width   string   // "UTF-16" where it is that
	foreign int      // lines that were no UTF-8
	plain   int      // lines that were, and held more than ASCII
}

// counter counts what was taken of a file.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newLines(ctx context.Context, r io.Reader) *lines {
	file := &counter{r: r}
	return &lines{ctx: ctx, file: file, r: bufio.NewReaderSize(file, MaxLine)}
}

func (l *lines) taken() int64 { return l.file.n }

// encoding says in words how the text was written.
func (l *lines) encoding() string {
	switch {
	case l.width != "":
		return l.width
	case l.foreign == 0:
		return "UTF-8"
	case l.plain == 0:
		return "Windows-1252"
	}
	return fmt.Sprintf("a mixture of UTF-8 (lines: %d) and Windows-1252 (%d)", l.plain, l.foreign)
}

// beginnings are those of files that are no list, and what their owner can do.
var beginnings = []struct{ begin, reason string }{
	{"PK\x03\x04", "this is a workbook (.xlsx, .ods or another archive), whatever its name says: save it there as CSV"},
	{"\xd0\xcf\x11\xe0", "this is an old workbook (.xls), whatever its name says: save it there as CSV"},
	{"\x1f\x8b", "this is a compressed file: decompress it first"},
	{"%PDF", "this is a PDF document: export the list as CSV or vCard instead"},
	{"\x7fELF", "this is a program, not a list"},
	{"<!doctype", "this is a web page, perhaps of a login: export the file again, signed in"},
	{"<html", "this is a web page, perhaps of a login: export the file again, signed in"},
	{"<?xml", "this is XML: export the list as CSV or vCard instead"},
	{"{", "this is JSON: export the list as CSV or vCard instead"},
	{"[", "this is JSON: export the list as CSV or vCard instead"},
}

// sniff takes a byte-order mark off, undoes UTF-16, and finds out what the file is.
func (l *lines) sniff(want Format) (Format, error) {
	if err := l.widths(); err != nil {
		return want, err
	}
	head, err := l.r.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return want, err
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return want, broken(0, "the file is empty")
	}
	for _, b := range beginnings {
		if begins(head, b.begin) {
			return want, broken(0, "%s", b.reason)
		}
	}
	switch {
	case want != Auto:
		return want, nil
	case begins(head, "begin:vcard"):
		return VCard, nil
	}
	return CSV, nil
}

func begins(head []byte, with string) bool {
	return len(head) >= len(with) && strings.EqualFold(string(head[:len(with)]), with)
}

func (l *lines) widths() error {
	head, err := l.r.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err = l.r.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		order = unicode.BigEndian
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
	case zeros(head, 0) > len(head)/3 && zeros(head, 1) == 0:
		order = unicode.BigEndian
	case zeros(head, 1) > len(head)/3 && zeros(head, 0) == 0:
	default:
		return nil
	}
	l.width = "UTF-16"
	decode := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
	l.r = bufio.NewReaderSize(transform.NewReader(l.r, decode), MaxLine)
	return nil
}

// zeros counts the zero bytes at every second place from first.
func zeros(b []byte, first int) (n int) {
	for i := first; i < len(b); i += 2 {
		if b[i] == 0 {
			n++
		}
	}
	return n
}

// next is the next line, without its end. The error is io.EOF behind the last one.
func (l *lines) next() (string, error) {
	if len(l.rest) > 0 {
		line := l.rest[0]
		l.rest = l.rest[1:]
		l.n++
		return line, nil
	}
	if l.n%1024 == 0 && l.ctx.Err() != nil {
		return "", l.ctx.Err()
	}
	raw, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", broken(l.n+1, "the line is longer than %d bytes: that is no list of people", MaxLine)
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	case len(raw) == 0:
		return "", io.EOF
	}
	l.n++
	raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
	if bytes.IndexByte(raw, 0) >= 0 {
		return "", broken(l.n, "the line holds NUL bytes: the file is damaged, or no text at all")
	}
	line, others, more := strings.Cut(l.text(raw), "\r")
	if more {
		l.rest = strings.Split(others, "\r")
	}
	return line, nil
}

// text decodes one line.
func (l *lines) text(raw []byte) string {
	if utf8.Valid(raw) {
		if strings.IndexFunc(string(raw), func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
			l.plain++
		}
		return string(raw)
	}
	l.foreign++
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "�")
	}
	return string(decoded)
}
