package testbed

import (
	"context"
	"fmt"
	"strconv"
)

// setupVerbs introduce phones.
var setupVerbs = []builtin{
	{`phone {name:phone} is {number:tel} [{text:text}] [by trunk {trunk:word}]`, func(ctx context.Context, p *Play, v Values) error {
		_, err := p.Bed.Caller(ctx, v["name"], v["trunk"], Identity{Number: v.Tel("number"), Name: v["text"]})
		return err
	}},
	{`phone {name:phone} is withheld [number {number:tel}] [by trunk {trunk:word}]`, func(ctx context.Context, p *Play, v Values) error {
		_, err := p.Bed.Caller(ctx, v["name"], v["trunk"], Identity{Number: v.Tel("number"), Withheld: true})
		return err
	}},
	{`phone {name:phone} is line {line:word} [phone {nth:count}]`, func(ctx context.Context, p *Play, v Values) error {
		line, ok := p.Bed.Line(v["line"])
		if !ok {
			return fmt.Errorf("no line %q", v["line"])
		}
		nth := 1
		if v["nth"] != "" {
			nth, _ = strconv.Atoi(v["nth"])
		}
		if nth < 1 || nth > len(line.Endpoints) {
			return fmt.Errorf("line %s has phones 1 to %d", line.ID, len(line.Endpoints))
		}
		_, err := p.Bed.Resident(ctx, v["name"], line.Endpoints[nth-1])
		return err
	}},
	{`phone {name:phone} is the exchange [of trunk {trunk:word}]`, func(ctx context.Context, p *Play, v Values) error {
		_, err := p.Bed.Exchange(ctx, v["name"], v["trunk"])
		return err
	}},
	{`phones {name:phone} are {count:count} from {number:tel} [{text:text}]`, manyCallers},
	{`phones {name:phone} are the first of {count:count} lines`, manyResidents},
}

// manyCallers makes a group with numbers that count up.
func manyCallers(ctx context.Context, p *Play, v Values) error {
	count, _ := strconv.Atoi(v["count"])
	number := v.Tel("number")
	last, err := strconv.Atoi(number[max(0, len(number)-6):])
	if err != nil {
		return fmt.Errorf("count up from %s: want digits at the end", number)
	}
	stem := number[:max(0, len(number)-6)]
	var names []string
	for i := range count {
		name := fmt.Sprintf("%s-%d", v["name"], i+1)
		if _, err := p.Bed.Caller(ctx, name, "", Identity{Number: fmt.Sprintf("%s%0*d", stem, len(number)-len(stem), last+i), Name: v["text"]}); err != nil {
			return err
		}
		names = append(names, name)
	}
	p.group(v["name"], names)
	return nil
}

// manyResidents makes a group of the first phone of each of a number of lines.
func manyResidents(ctx context.Context, p *Play, v Values) error {
	count, _ := strconv.Atoi(v["count"])
	lines := p.Bed.Asterisk.opt.Lines
	if count > len(lines) {
		return fmt.Errorf("there are only %d lines", len(lines))
	}
	var names []string
	for i, line := range lines[:count] {
		name := fmt.Sprintf("%s-%d", v["name"], i+1)
		if _, err := p.Bed.Resident(ctx, name, line.Endpoints[0]); err != nil {
			return err
		}
		names = append(names, name)
	}
	p.group(v["name"], names)
	return nil
}

func (p *Play) group(name string, members []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups[name] = members
}
