package policy

import (
	"slices"
	"strings"
	"testing"

	"clearline/lib/call"
)

func TestWhatACallerSaysHasATopic(t *testing.T) {
	for text, want := range map[string]call.Topic{
		"": call.NoTopic,
		"Hello, it's Ann from the surgery about your appointment.":              call.NoTopic,
		"Hello, I'm here to clean your windows.":                                call.NoTopic,
		"I have a parcel for you, it needs a signature.":                        call.NoTopic,
		"It's me, are you coming on Sunday?":                                    call.NoTopic,
		"Your goldfish are ready at the pet shop.":                              call.NoTopic, // "gold" is no word here
		"This is PC Smith. We have found counterfeit notes at your bank.":       call.Authority,
		"Detective Jones here. Please withdraw cash":                            call.Authority,
		"It's the bank: move your money to a SAFE ACCOUNT":                      call.Authority,
		"Don’t tell your family about this":                                     call.Authority,
		"this is your bank, please type in your pin":                            call.SecretKeys,
		"police: we need the code on your card":                                 call.SecretKeys, // goes before the police
		"You may dial 161 to check. Stay on the line.":                          call.CheckMe,
		"HMRC. There is a warrant for your arrest.":                             call.Payment,
		"please buy gift-cards":                                                 call.Payment,
		"This is Windows, your computer has a virus":                            call.Computer,
		"Amazon Prime will take £79.97 from you":                                call.Computer,
		"Hi nan, it's me, I had an accident":                                    call.Relative,
		"press one to speak to an account manager":                              call.Pressure,
		strings.Repeat("well ", 400) + "\x00<script>bitcoin</script>":           call.Payment,
		"BT here, about your broadband: the router, and your computer, <b>now.": call.Computer,
	} {
		for _, language := range []string{"en_GB", "cy_GB", ""} {
			if got := TopicOf(text, language); got != want {
				t.Errorf("%.60q on a line in %q is about %q, want %q", text, language, got, want)
			}
		}
	}
}

func TestEveryPhraseIsWrittenAsItIsLookedFor(t *testing.T) {
	topics := []call.Topic{call.Authority, call.SecretKeys, call.CheckMe, call.Payment, call.Computer, call.Relative, call.Pressure}
	var found []call.Topic
	for language, groups := range phrases {
		seen := map[string]call.Topic{}
		for _, g := range groups {
			found = append(found, g.Topic)
			for _, phrase := range slices.Concat(g.Says, g.Hints) {
				if written := " " + phrase + " "; spokenWords(phrase) != written {
					t.Errorf("%s: %q is looked for as %q", language, phrase, spokenWords(phrase))
				}
				if other, twice := seen[phrase]; twice {
					t.Errorf("%s: %q stands for %s and for %s", language, phrase, other, g.Topic)
				}
				seen[phrase] = g.Topic
			}
			for _, phrase := range g.Says {
				if !g.matches(spokenWords("Well, " + strings.ToUpper(phrase) + "!")) {
					t.Errorf("%s: %q is not noticed", language, phrase)
				}
			}
			for _, hint := range g.Hints {
				if g.matches(spokenWords(hint)) {
					t.Errorf("%s: the hint %q is enough by itself", language, hint)
				}
			}
		}
	}
	for _, topic := range topics {
		if !slices.Contains(found, topic) {
			t.Errorf("nothing is about %s", topic)
		}
	}
	if len(found) != len(topics) {
		t.Errorf("the topics are %q", found)
	}
}

func FuzzTopicOf(f *testing.F) {
	f.Add("This is your bank, move your money. £79.97 'don’t'", "en_GB")
	f.Fuzz(func(t *testing.T, text, language string) {
		topic := TopicOf(text, language)
		words := spokenWords(text)
		if again := spokenWords(words); again != words {
			t.Errorf("%q becomes %q and then %q", text, words, again)
		}
		if got := TopicOf(words, language); got != topic {
			t.Errorf("%q is about %q, and as words about %q", text, topic, got)
		}
	})
}
