package roster

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"
)

// properties hands out the properties of a vCard file, each unfolded to one line
// (RFC 6350 section 3.2), and those of version 2.1 written as version 3.0 would.
type properties struct {
	*lines
	ahead   string // the line that ended the last property
	hasNext bool
}

// property is one property: its name in capitals, without group, and its whole line.
type property struct {
	line int
	name string
	text string
}

// next is the next property that is not empty. The error is io.EOF behind the last.
func (p *properties) next() (property, error) {
	for {
		text, line, err := p.unfolded()
		if err != nil {
			return property{}, err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		return parsed(text, line), nil
	}
}

// unfolded joins a line with those that continue it: they begin with a blank, or
// follow the "=" at the end of a quoted-printable one.
func (p *properties) unfolded() (text string, line int, err error) {
	first, err := p.line()
	if err != nil {
		return "", 0, err
	}
	line = p.n
	var whole strings.Builder
	whole.WriteString(first)
	soft := quotedPrintable(first)
	for last := first; ; {
		following, err := p.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", 0, err
		}
		switch {
		case soft && strings.HasSuffix(last, "="):
			whole.WriteString("\r\n" + following)
		case strings.HasPrefix(following, " "), strings.HasPrefix(following, "\t"):
			whole.WriteString(following[1:])
		default:
			p.ahead, p.hasNext = following, true
			return whole.String(), line, nil
		}
		if whole.Len() > 16*MaxLine {
			return "", 0, broken(line, "the property begun here is longer than %d bytes", 16*MaxLine)
		}
		last = following
	}
	return whole.String(), line, nil
}

func (p *properties) line() (string, error) {
	if p.hasNext {
		p.hasNext = false
		return p.ahead, nil
	}
	return p.lines.next()
}

// quotedPrintable says whether a property is encoded so, as only version 2.1 knows.
func quotedPrintable(text string) bool {
	head, _, _ := strings.Cut(text, ":")
	return strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

var escapedLines = strings.NewReplacer("\r", "", "\n", `\n`)

var oneLine = strings.NewReplacer("\r", "", "\n", " ")

// parsed takes the name off a property, and rewrites version 2.1: parameters without
// a name are types there, and values may be quoted-printable.
func parsed(text string, line int) property {
	head, value, ok := cutHead(text)
	if !ok {
		return property{line, "", text}
	}
	parts := strings.Split(head, ";")
	name := strings.ToUpper(strings.TrimSpace(parts[0]))
	if _, behind, grouped := strings.Cut(name, "."); grouped {
		name = behind
	}
	rewritten := []string{name}
	for _, part := range parts[1:] {
		switch upper := strings.ToUpper(part); {
		case upper == "QUOTED-PRINTABLE", upper == "ENCODING=QUOTED-PRINTABLE":
			value = decoded(value)
		case strings.HasPrefix(upper, "CHARSET="), part == "":
		case !strings.Contains(part, "="):
			rewritten = append(rewritten, "TYPE="+part)
		default:
			rewritten = append(rewritten, part)
		}
	}
	return property{line, name, oneLine.Replace(strings.Join(rewritten, ";") + ":" + value)}
}

// cutHead cuts a property at the colon that ends its parameters; one in quotation
// marks does not.
func cutHead(text string) (head, value string, ok bool) {
	inside := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			inside = !inside
		case text[i] == ':' && !inside:
			return text[:i], text[i+1:], true
		}
	}
	return strings.Cut(text, ":")
}

// decoded undoes quoted-printable. What is broken in it stays as it is.
func decoded(value string) string {
	var out bytes.Buffer
	if _, err := out.ReadFrom(quotedprintable.NewReader(strings.NewReader(value))); err != nil {
		return value
	}
	text := new(lines).text(out.Bytes())
	return escapedLines.Replace(text)
}
