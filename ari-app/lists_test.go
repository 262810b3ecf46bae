package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// sessions are what is typed, one after the other, into one house. $DIR is a folder.
var sessions = map[string][]string{
	"contacts by hand": {
		"contact list",
		"contact add 01632 960123 --name Ann",
		"contact add +44 1632 960123 --name 'Ann again' --verify",
		"contact add 07700 900123 --line flat-1 --name Carer --expires 2999-12-24",
		"contact add 020 7946 0001 --word FAMILY",
		"contact add '01632 9605*' --name 'The practice'",
		"contact add --from-call 0001 --name Surgery",
		"contact list",
		"contact list --line flat-1",
		"contact remove 01632960123",
		"contact list --json",
	},
	"blocks by hand": {
		"block add 01632 960200 --name 'Parcel scam' --expires 30d",
		"block add 'name:*parcel*'",
		"block add 01632 960300-01632 960399 --line flat-2",
		"block add --from-call 0001",
		"block list",
		"block list --json --line flat-2",
		"block remove name:*PARCEL*",
		"block remove 01632 960300-01632 960399 --line flat-2",
		"block export",
	},
	"on both lists": {
		"contact add 01632 960123 --name Ann",
		"block add 01632 960123 --line flat-1",
		"block add '01632 9601*'",
		"contact add 01632 960124",
		"block add 01632 960500",
		"contact add '01632 960500' --line flat-1",
	},
	"mistakes": {
		"contact add",
		"contact add 01632 960123 --from-call 0001",
		"contact add 12",
		"contact add 01632 96012",
		"contact add 01632 9601234567",
		"block add 01632 96012",
		"contact add ''",
		"contact add name:*ann*",
		"contact add 01632 960123 --line flat-9",
		"contact add 01632 960123 --expires yesterday",
		"contact add 01632 960123 --expires 2001-01-01",
		"contact add 01632 960123 --word Siân",
		"contact add 01632 960123 --word ab",
		"contact add --from-call 0002",
		"contact add --from-call 0003",
		"contact add --from-call 0004",
		"block add --from-call 0004",
		"block add --from-call 0005",
		"contact add --from-call 9999",
		"block add name:*",
		"block add *",
		"block export --format vcard",
		"contact import $DIR/missing.csv",
		"contact list",
	},
	"added again": {
		"contact add 01632 960123 --name Ann --word FAMILY --expires 2999-12-24",
		"contact add 01632 960123 --name 'Ann Other'",
		"contact add 01632 960123 --verify",
		"contact add 01632 960123 --word 4711 --expires never",
		"contact list",
		"contact add 01632 960123 --no-verify",
		"contact add 01632 960123 --no-verify --word 4711",
		"contact add 01632 960123 --no-verify --verify",
		"contact list",
		"contact add 07700 900123 --verify",
		"contact add 07700 900123 --name Carer --line flat-1",
		"contact add 07700 900123 --name Carer",
		"contact add 07700 900124 --name 'Bob;=1+1'",
		"contact export",
		"contact add --from-call 0001 --verify",
		"contact add --from-call 0001 --name Surgery --expires 2999-12-24",
		"block add 01632 960111 --name 'Parcel scam' --expires 2999-12-24",
		"block add --from-call 0001",
		"block list",
	},
	"blocks too wide": {
		"block add +44*",
		"block add '07*' --line flat-1",
		"block add '01632 000000-01633 999999'",
		"block add name:*an*",
		"block list",
		"block add name:*an* --wide",
		"block add '07*' --wide --line flat-1",
		"block add '01632*' --wide",
		"block list",
		"block remove name:*an*",
		"contact add +44*",
	},
	"users": {
		"user list",
		"user add ann --role admin --password-file $DIR/password",
		"user add ann --role admin --password-file $DIR/password",
		"user add night-desk --lines flat-1,flat-2 --password-file $DIR/password",
		"user add manager --role viewer --lines all --password-file $DIR/password",
		"user list",
		"user list --json",
		"user passwd manager --password-file $DIR/short",
		"user passwd manager --password-file $DIR/password",
		"user passwd manager --totp --no-totp",
		"user passwd menager --password-file $DIR/password",
		"user passwd manager",
		"user add bob --password-file $DIR/password",
		"user add bob --lines flat-9 --password-file $DIR/password",
		"user add bob --role admin --lines flat-1 --password-file $DIR/password",
		"user add Bob --lines flat-1 --password-file $DIR/password",
		"user add resident --lines flat-1 --password-file $DIR/password",
		"user add bob --role owner --lines all --password-file $DIR/password",
		"user add bob --lines flat-1 --password-file $DIR/short",
		"user add bob --lines flat-1 --password-file $DIR/missing",
		"user add bob --lines flat-1",
		"user remove ann",
		"user remove nobody",
		"user remove night-desk",
		"user remove manager",
		"user remove ann",
		"user list",
	},
	"tokens": {
		"token list",
		"token add home --lines flat-1",
		"token add home --lines flat-2",
		"token add desk --role warden --lines all --expires 2999-12-24",
		"token add backup --role admin",
		"token list",
		"token list --json",
		"token add other",
		"token add other --lines flat-9",
		"token add other --role owner --lines all",
		"token add resident --lines all",
		"token add other --lines all --expires 2001-01-01",
		"token remove hone",
		"token remove home",
		"token list",
	},
	"nothing to remove": {
		"contact remove 01632 960123",
		"contact add 01632 960123 --line flat-1",
		"contact remove 01632 960123",
		"contact remove 01632 960132",
		"contact add 01632 960124 --name Bob",
		"contact remove 01632 960124 --line flat-1",
		"contact add '01632 9605*'",
		"contact remove 01632 960500",
		"block remove 01632 960123",
	},
}

// secrets are tokens, which differ each time.
var secrets = regexp.MustCompile(`clearline_[a-z2-7]{10}_[A-Z2-7]{26}`)

var times = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`)

// split takes a line apart as a shell does that knows single quotes only.
func split(line string) (words []string) {
	word, quoted, begun := "", false, false
	for _, r := range line + " " {
		switch {
		case r == '\'':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		default:
			word, begun = word+string(r), true
		}
	}
	return words
}

// typed runs lines and returns what is to be seen. Times of today are left out.
func typed(config, dir string, lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		code, out, complaints := command(append(split(strings.ReplaceAll(line, "$DIR", dir)), "-c", config)...)
		fmt.Fprintf(&b, "$ clearline %s\n%s%s", line, complaints, out)
		if code != exitDone {
			fmt.Fprintf(&b, "(exit code %d)\n", code)
		}
	}
	text := strings.NewReplacer(dir, "$DIR", "\r\n", "\n", "\ufeff", "").Replace(b.String())
	text = secrets.ReplaceAllString(text, "clearline_(a token)")
	return times.ReplaceAllStringFunc(text, func(at string) string {
		switch {
		case strings.HasSuffix(at, "Z"):
			return "(a time)"
		case strings.HasPrefix(at, "2999"):
			return at
		}
		return strings.Repeat("-", len(at)) // in a table
	})
}

// goldenList compares with a file under testdata/lists.
func goldenList(t *testing.T, name, got string) {
	t.Helper()
	golden(t, filepath.Join("..", "lists", strings.ReplaceAll(name, " ", "-")+".txt"), got)
}

// callsBefore is what the sessions find in the history.
var callsBefore = store.Changes{Records: []call.Record{
	{
		ID: "0001", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused,
		From: call.Caller{Number: "+441632960111", Name: "\x1b[2JSurgery?", Presentation: call.Allowed},
	},
	{ID: "0003", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused, From: call.Caller{Number: "+4416329601", Presentation: call.Allowed}},
	{ID: "0004", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused, From: call.Caller{Number: "+4416329601234567", Presentation: call.Allowed}},
	{ID: "0005", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused, From: call.Caller{Number: "name:*parcel*", Presentation: call.Allowed}},
	{ID: "0002", Line: "flat-1", Arrived: night, Ended: night, Cause: call.Refused, From: call.Caller{Number: "+441632960112", Presentation: call.Withheld}},
}}

// passwords writes a password that will do and one that will not.
func passwords(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{"password": "correct horse battery\n", "short": "horse"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSessions(t *testing.T) {
	for name, lines := range sessions {
		t.Run(name, func(t *testing.T) {
			config, file := configureStore(t, callsBefore)
			passwords(t, filepath.Dir(file))
			goldenList(t, name, typed(config, filepath.Dir(file), lines...))
		})
	}
}

func TestWhateverStandsOnAListCanBeRemoved(t *testing.T) {
	patterns := []string{"+441632960", "441632960", "+4416329601234567", "01632960123456789", "anonymous", "+44*", "name:*an*", "+1-+9", "\u202ename", "$(x) 'y'"}
	for _, list := range []call.List{call.Contacts, call.Blocks} {
		for _, line := range []call.LineID{"", "flat-1"} {
			config, file := configureStore(t, store.Changes{})
			command := func(pattern string) {
				t.Helper()
				code, out, complaints := command(strings.TrimSuffix(string(list), "s"), "remove", "-c", config, "--line="+string(line), "--", pattern)
				if code != exitDone {
					t.Errorf("%s for %q: %q: %d %s%s", list, line, pattern, code, out, complaints)
				}
			}
			for _, pattern := range patterns {
				put(t, file, call.Entry{List: list, Line: line, Pattern: pattern})
				command(pattern)
			}
			put(t, file, call.Entry{List: list, Line: line, Pattern: "+4416329601"})
			command("441 632 9601") // as the list shows it
			if left := kept(t, file); len(left) > 0 {
				t.Errorf("%s for %q: %q are left", list, line, left)
			}
		}
	}
}

// put puts an entry into a store as something other than a command does.
func put(t *testing.T, file string, e call.Entry) {
	t.Helper()
	s, err := boltstore.Open(file, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Apply(t.Context(), store.Changes{Put: []call.Entry{e}}), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAnEntryThatHasEndedBeginsAnew(t *testing.T) {
	was := call.Entry{Name: "Ann", Since: night.AddDate(-1, 0, 0), Until: night}
	for now, want := range map[time.Time]call.Entry{
		night.Add(-1): was,
		night:         {Name: "Ann", Since: night},
	} {
		e := call.Entry{Since: now}
		if kept := (addition{}).merge(&e, was, now); e != want {
			t.Errorf("at %v it becomes %+v, with %q kept", now, e, kept)
		}
	}
}

func TestHelpOfTheLists(t *testing.T) {
	for list, verbs := range map[string][]string{
		"contact": {"", "add", "remove", "list", "import", "export"},
		"block":   {"", "add", "remove", "list", "import", "export"},
		"user":    {"", "add", "passwd", "list", "remove"},
		"token":   {"", "add", "list", "remove"},
	} {
		var b strings.Builder
		for _, verb := range verbs {
			args := append(strings.Fields(list+" "+verb), "--help")
			code, out, complaints := command(args...)
			if code != exitDone || complaints != "" {
				t.Errorf("%q: %d %s", args, code, complaints)
			}
			fmt.Fprintf(&b, "$ clearline %s\n%s\n", strings.Join(args, " "), out)
		}
		goldenList(t, "help of "+list, b.String())
	}
}

func TestAWordIsReadWhereNobodySeesIt(t *testing.T) {
	config, _ := configureStore(t, store.Changes{})
	for input, want := range map[string]string{
		"Fam-ily\r\nmore\n": "asked for the word on the keypad",
		"1234":              "asked for the word on the keypad",
		"\n":                "0 keys cannot be a word",
		"":                  "read the word: EOF",
		"Siân\n":            "only letters from a to z",
	} {
		cmd := program(t, "contact", "add", "01632 960123", "--word", "-", "-c", config)
		cmd.Stdin = strings.NewReader(input)
		out, _ := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) || strings.Contains(string(out), "1234") {
			t.Errorf("%q: %s", input, out)
		}
	}
}

func TestKeyed(t *testing.T) {
	for word, want := range map[string]string{
		"abcdefghijkl": "222333444555", "mnopqrstuvwx": "666777788899", "yz0": "990", "Bl-ue 12": "258312", "1234567890123": "", "": "",
	} {
		if got, err := keyed(word); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is keyed as %q, error %v", word, got, err)
		}
	}
}

func TestExpiry(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, london)
	for text, want := range map[string]string{
		"24h": "2026-03-29T12:00:00Z", "1d": "2026-03-29T11:00:00Z", "90m": "2026-03-28T13:30:00Z", // clocks go forward that night
		"2026-03-29": "2026-03-29T23:00:00Z", "2026-03-28": "2026-03-29T00:00:00Z", "2026-04-01 18:00": "2026-04-01T17:00:00Z",
		"": "", "0d": "", "-1d": "", "-5h": "", "1.5d": "", "2026-03-27": "", "tomorrow": "", "24": "", "99999d": "", "1d ": "",
	} {
		got, err := expiry(text, now, london)
		if want == "" && (err == nil) != (text == "") || want != "" && (err != nil || got.Format(time.RFC3339) != want) {
			t.Errorf("%q is %v, error %v", text, got, err)
		}
	}
}

func TestOneOff(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"123", "124"}: true, {"123", "132"}: true, {"123", "12"}: true, {"23", "123"}: true, {"123", "1234"}: true, {"123", "1253"}: true,
		{"123", "123"}: false, {"123", "145"}: false, {"123", "1"}: false, {"123", "321"}: false, {"", "1"}: true, {"", ""}: false, {"1234", "2143"}: false,
	} {
		if got := oneOff(pair[0], pair[1]); got != want || oneOff(pair[1], pair[0]) != want {
			t.Errorf("%q is %t", pair, got)
		}
	}
}

// free is an address that nobody has.
func free(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// nowhere is the address of no Asterisk.
const nowhere = "http://127.0.0.1:1/ari"

// runnable makes a configuration with which the program runs beside others. It returns the
// address of its pages.
func runnable(t *testing.T, config, ari string) (pages string) {
	t.Helper()
	pages = free(t)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	alone := fmt.Sprintf("[agi]\nlisten = %q\n[console]\nlisten = %q\n[ari]\nurl = %q", free(t), pages, ari)
	if err := os.WriteFile(config, []byte(strings.Replace(string(text), "[ari]", alone, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(filepath.Dir(config), "sounds"))
	return pages
}

func TestTheListsOfAProgramThatRunsAreChanged(t *testing.T) {
	config, file := configureStore(t, callsBefore)
	runnable(t, config, nowhere)
	running := started(t, config, history.Socket(file))
	lines := slices.Concat(sessions["contacts by hand"], []string{"block add --from-call 0001", "block list"})
	while := typed(config, filepath.Dir(file), lines...)
	_ = running.Process.Kill()
	_ = running.Wait()
	config, file = configureStore(t, callsBefore)
	if alone := typed(config, filepath.Dir(file), lines...); while != alone {
		t.Errorf("while it runs:\n%s\nand when it does not:\n%s", while, alone)
	}
}

func TestListsWhereThereIsNoStoreYet(t *testing.T) {
	config, file := configureStore(t, store.Changes{})
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"contact list", "contact add 01632 960123", "block remove 01632 960123"} {
		code, _, complaints := command(append(split(line), "-c", config)...)
		if code != exitFailed || !strings.Contains(complaints, "start it once: clearline run") {
			t.Errorf("%s: %d %s", line, code, complaints)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a command made the store")
	}
}
