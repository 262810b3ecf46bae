package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clearline/lib/call"
	"clearline/lib/history"
	"clearline/lib/store"
	"clearline/lib/store/boltstore"
)

// file writes a file into the folder of a configuration.
func file(t *testing.T, config, name, text string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(config), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const family = `Full name;Telephone;Remark
Ann;01632 960123;mother
Bob;07700 900123;"knows, =1+1"
Bob;+44 7700 900123;again
Nobody;;no number
=HYPERLINK("x");not a number;
Siân;020 7946 0001;
`

func TestImportSessions(t *testing.T) {
	config, _ := configureStore(t, store.Changes{})
	dir := filepath.Dir(config)
	file(t, config, "family.csv", family)
	file(t, config, "later.csv", "number,name,verify\n01632 960123,,\n07700 900123,Robert,yes\n020 7946 0001,Siân,\n")
	file(t, config, "elsewhere.csv", "number,line\n01632 960123,flat-1\n01632 960124,flat-9\n")
	file(t, config, "people.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nTEL;TYPE=cell:+44 7700 900124\r\nEND:VCARD\r\n")
	file(t, config, "useless.csv", "number\nnone\nnothing\n")
	file(t, config, "wide.csv", "number,name,expires\n+44*,Everybody,\nname:*an*,Ann,\n01632 960200,Once,2001-01-01\n01632 960201,Still,2999-12-24\n")
	file(t, config, "over.csv", "number,expires\n01632 960200,2001-01-01\n")
	file(t, config, "broken.csv", "number,name\n01632 960999,\"Ann\n")
	goldenList(t, "import and export", typed(config, dir,
		"contact import $DIR/family.csv --dry-run",
		"contact list",
		"contact import $DIR/family.csv --rejected $DIR/rejected.csv",
		"contact import $DIR/family.csv",
		"contact add 01632 960123 --name Ann --word FAMILY",
		"contact import $DIR/later.csv --line flat-1 --dry-run",
		"contact import $DIR/later.csv",
		"contact list",
		"block import $DIR/later.csv --dry-run",
		"block import $DIR/wide.csv --dry-run",
		"block import $DIR/wide.csv",
		"block list",
		"contact import $DIR/over.csv",
		"contact import $DIR/elsewhere.csv",
		"contact import $DIR/people.vcf --expires 2999-12-24 --verify",
		"contact import $DIR/people.vcf --format csv",
		"contact import $DIR/useless.csv",
		"contact import $DIR/broken.csv",
		"contact import $DIR/family.csv --column number=9",
		"contact import $DIR/family.csv --column colour=1",
		"contact import $DIR/family.csv --column number=Telephone --column 'name=Remark' --dry-run",
		"contact export --format vcard",
		"contact export --out $DIR/out.csv",
		"contact import $DIR/out.csv",
		"contact export --out $DIR/nowhere/out.csv",
	))
	text, err := os.ReadFile(filepath.Join(dir, "rejected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	goldenList(t, "rejected", strings.NewReplacer("\r\n", "\n", "\ufeff", "").Replace(string(text)))
	for _, name := range []string{"rejected.csv", "out.csv"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, error %v", name, info.Mode(), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".clearline-*")); len(left) != 0 || err != nil {
		t.Errorf("%q are left behind, error %v", left, err)
	}
}

// kept is what a store's file holds, as JSON.
func kept(t *testing.T, file string) (found []string) {
	t.Helper()
	s, err := boltstore.Open(file, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Entries(t.Context(), func(e call.Entry) error {
		e.Since = time.Time{}
		text, err := json.Marshal(e)
		found = append(found, string(text))
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestNoBrokenFileIsImportedByHalf(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "lib", "roster", "testdata", "broken", "*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d broken files, error %v", len(files), err)
	}
	before := store.Changes{Put: []call.Entry{{List: call.Contacts, Pattern: "+441632960999", Name: "Before"}}}
	for _, broken := range files {
		if filepath.Ext(broken) == ".report" {
			continue
		}
		for _, list := range []string{"contact", "block"} {
			config, db := configureStore(t, before)
			was := kept(t, db)
			dry, out, complaints := command(list, "import", broken, "--dry-run", "-c", config)
			if now := kept(t, db); strings.Join(now, "\n") != strings.Join(was, "\n") {
				t.Errorf("%s: a dry run has changed the %ss", broken, list)
			}
			code, done, _ := command(list, "import", broken, "-c", config)
			now := kept(t, db)
			switch {
			case code != exitDone && len(now) != len(was):
				t.Errorf("%s: %d entries are there in spite of exit code %d", broken, len(now), code)
			case code == exitDone && len(now) == len(was), dry != exitDone && code == exitDone:
				t.Errorf("%s: exit codes %d and %d, %d entries: %s%s%s", broken, dry, code, len(now), out, complaints, done)
			case strings.ContainsAny(out+complaints, "\x1b\x00\u202e"):
				t.Errorf("%s: what is shown is not plain: %q", broken, out+complaints)
			}
		}
	}
}

func TestAHundredThousandRowsAreImported(t *testing.T) {
	const many = 100_000
	config, db := configureStore(t, store.Changes{})
	var text strings.Builder
	text.WriteString("number,name,list,line,verify,expires,since,source\n") // as Clearline writes it: no plan is asked
	for n := range many {
		fmt.Fprintf(&text, "+44163296%07d,Caller %d,blocks,,,,,\n", n, n)
	}
	list := file(t, config, "many.csv", text.String())
	imported := func(when, want string) {
		t.Helper()
		code, out, complaints := command("block", "import", list, "-c", config)
		if code != exitDone || !strings.Contains(out, want) || !strings.Contains(complaints, "clearline: 100000 rows read\n") {
			t.Errorf("%s: %d %s%s", when, code, out, complaints)
		}
	}
	imported("at first", "done: 100000 blocks added, 0 changed\n")
	if n := len(kept(t, db)); n != many {
		t.Errorf("%d entries are there", n)
	}
	runnable(t, config, nowhere)
	running := started(t, config, history.Socket(db))
	list = file(t, config, "many.csv", strings.ReplaceAll(text.String(), "Caller 9", "Named 9"))
	imported("while it runs, with other names", "done: 0 blocks added, 11111 changed, 88889 as before\n")
	_ = running.Process.Kill()
	_ = running.Wait()
	now := strings.Join(kept(t, db), "\n")
	if all, named := strings.Count(now, `"Name":`), strings.Count(now, `"Name":"Named 9`); all != many || named != 11111 {
		t.Errorf("%d entries are there, %d with another name", all, named)
	}
}

func TestAnImportThatIsCutShortSaysHowFarItCame(t *testing.T) {
	l := &ledger{output: &output{err: &strings.Builder{}}, kept: &failing{after: 2}}
	err := l.write(t.Context(), make([]call.Entry, 3*history.Batch))
	if err == nil || !strings.Contains(err.Error(), "4000 of 6000 are written") || !strings.Contains(err.Error(), "run the command again") {
		t.Errorf("%v", err)
	}
}

// failing is a store whose disk is full after some changes.
type failing struct {
	history.Kept
	after int
}

func (f *failing) Change(context.Context, []call.Entry, []call.EntryKey) error {
	if f.after--; f.after < 0 {
		return errors.New("the disk is full")
	}
	return nil
}
