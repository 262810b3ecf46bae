package roster

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
)

// enough is how many lines at most tell what a table is like.
const enough = 20

// delimiters are the marks between columns, the likeliest first.
var delimiters = []struct {
	mark rune
	name string
}{{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}}

// named is a first line by which a spreadsheet is told the delimiter.
var named = regexp.MustCompile(`(?i)^"?sep=([,;\t])"?$`)

// table reads a CSV file.
func (g *gatherer) table() error {
	t := &tableReader{lines: g.in}
	mark, rows, err := t.begin()
	if err != nil {
		return err
	}
	for _, d := range delimiters {
		if d.mark == mark {
			g.Understood.Delimiter = d.name
		}
	}
	if len(rows[0]) == 1 {
		g.Understood.Delimiter = ""
	}
	c, err := find(rows, g.Columns, g.Region)
	c.tell(&g.Understood, rows[0])
	if err != nil {
		return err
	}
	return g.records(t, reader(t, mark), &c)
}

// records reads the rows. One that cannot be taken apart on its line is rejected; one
// that runs on over other lines has swallowed them, and the file is broken.
func (g *gatherer) records(t *tableReader, r *csv.Reader, c *columns) error {
	for first := true; ; first = false {
		t.record = 0
		record, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			if wrong.StartLine != wrong.Line {
				return broken(wrong.StartLine, "a quotation mark is opened here and not closed before line %d: close it, or write it twice if it belongs to the text", wrong.Line)
			}
			g.reject(wrong.Line, t.recent(wrong.Line), "a quotation mark in the middle of the text: put the whole cell in quotation marks, and write each inside twice")
			if err := g.row(wrong.Line); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		if first && c.header || strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if err := g.row(line); err != nil {
			return err
		}
		g.take(line, record, c)
	}
}

// tableReader feeds the CSV reader, so that no quotation mark left open can make it
// take the rest of the file for one cell.
type tableReader struct {
	*lines
	head    []string // lines looked at before
	pending string
	record  int      // bytes since the record began, and what was read ahead of it
	line    int      // lines fed
	fed     []string // the last of them
	size    int      // bytes of those
}

// readAhead is more than the CSV reader takes before it needs it.
const readAhead = 8192

func reader(r io.Reader, mark rune) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma = mark
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = mark != '\t' // a tab is a space to it
	return c
}

// begin looks at the first lines: what divides the columns, and the rows they hold.
func (t *tableReader) begin() (mark rune, rows [][]string, err error) {
	for size := 0; len(t.head) < enough && size < MaxLine; {
		line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, nil, err
		}
		size += len(line)
		t.head = append(t.head, line)
	}
	if mark, rows = divide(t.head); len(rows) == 0 {
		return 0, nil, broken(0, "nothing to read: the file holds no row of data")
	}
	return mark, rows, nil
}

// divide finds the delimiter of lines, and the rows they are with it. A first line that
// only names the delimiter is emptied, and keeps its place, so that lines count right.
func divide(look []string) (mark rune, rows [][]string) {
	if len(look) > 0 {
		if m := named.FindStringSubmatch(look[0]); m != nil {
			look[0] = ""
			mark = rune(m[1][0])
			rows, _ = parse(look, mark)
			return mark, rows
		}
	}
	best := -1
	for _, d := range delimiters {
		if found, score := parse(look, d.mark); score > best {
			best, mark, rows = score, d.mark, found
		}
	}
	return mark, rows
}

// parse reads lines with one delimiter, and scores how much of a table they are: by
// how many rows have as many columns as the first, then by how many those are.
func parse(look []string, mark rune) (rows [][]string, score int) {
	r := reader(strings.NewReader(strings.Join(look, "\n")), mark)
	r.LazyQuotes = true
	for {
		row, err := r.Read()
		if err != nil {
			break
		}
		if strings.TrimSpace(strings.Join(row, "")) != "" {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 || len(rows[0]) == 1 {
		return rows, 0
	}
	for _, row := range rows {
		if len(row) == len(rows[0]) {
			score++
		}
	}
	return rows, score*1000 + min(len(rows[0]), 999)
}

// Read implements io.Reader: the lines, each ended by a line feed.
func (t *tableReader) Read(p []byte) (int, error) {
	if t.pending == "" {
		line, err := t.feed()
		if err != nil {
			return 0, err
		}
		t.line++
		t.pending = line + "\n"
		t.fed = append(t.fed, line)
		for t.size += len(t.pending); t.size-len(t.fed[0]) > readAhead; t.fed = t.fed[1:] {
			t.size -= len(t.fed[0]) + 1
		}
	}
	if t.record += min(len(p), len(t.pending)); t.record > MaxLine {
		return 0, broken(t.line, "a row of more than %d bytes ends here: a quotation mark before it is opened and never closed", MaxLine)
	}
	n := copy(p, t.pending)
	t.pending = t.pending[n:]
	return n, nil
}

// recent is a line that was fed, unless that is long ago.
func (t *tableReader) recent(line int) string {
	if i := line - 1 - (t.line - len(t.fed)); i >= 0 && i < len(t.fed) {
		return t.fed[i]
	}
	return ""
}

func (t *tableReader) feed() (string, error) {
	if len(t.head) > 0 {
		line := t.head[0]
		t.head = t.head[1:]
		return line, nil
	}
	return t.next()
}
