package doctor

import (
	"fmt"
	"strconv"
	"time"
)

var speechChecks = []check{
	{"transcribe", "what callers say is not turned into text: nobody asked for that", nil, speech},
}

func speech(f *Facts) []Finding {
	x := f.Config.Transcribe
	const why = "the resident hears no advice about what the caller said; everything else is as ever"
	switch s := f.Speech; {
	case s == nil:
		return nil
	case s.Err != nil:
		return one(Warn, fmt.Sprintf("the %s server at %s turns nothing into text: %v", x.Kind, x.URL, s.Err), why,
			"start it, or look at [transcribe] url, kind and key; clearline.toml")
	case s.Took > x.Timeout/2:
		return one(Warn, fmt.Sprintf("the %s server at %s takes %v for a second of silence, and has %v for what a caller says", x.Kind, x.URL, s.Took.Round(10*time.Millisecond), x.Timeout), why,
			"a smaller model, or [transcribe] timeout; clearline.toml")
	default:
		name := "which does not say its name"
		if s.Server != "" {
			name = "which calls itself " + strconv.QuoteToASCII(s.Server)
		}
		return one(OK, fmt.Sprintf("what callers say is turned into text by the %s server at %s, %s: %v for a second of silence", x.Kind, x.URL, name, s.Took.Round(time.Millisecond)), "", "")
	}
}
