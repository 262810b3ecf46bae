package testbed

import (
	"context"
)

// bedVerbs are what happens around the phones.
var bedVerbs = []builtin{
	{`wait {for:time}`, func(ctx context.Context, _ *Play, v Values) error {
		d, err := v.Duration("for", 0)
		if err != nil {
			return err
		}
		return pass(ctx, d)
	}},
	{`nothing is left`, func(ctx context.Context, p *Play, _ Values) error {
		p.Bed.StopPhones()
		return p.Bed.CheckNothingLeft(ctx, p.base)
	}},
	{`asterisk is frozen`, func(_ context.Context, p *Play, _ Values) error { return p.Bed.Asterisk.Freeze() }},
	{`asterisk goes on`, func(_ context.Context, p *Play, _ Values) error { return p.Bed.Asterisk.Thaw() }},
	{`asterisk is killed`, func(_ context.Context, p *Play, _ Values) error { p.Bed.Asterisk.Kill(); return nil }},
	{`asterisk is started again`, func(ctx context.Context, p *Play, _ Values) error { return p.Bed.Asterisk.Restart(ctx) }},
}
