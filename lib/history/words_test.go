package history

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"clearline/lib/call"
)

// constants finds the values of every constant of package call that has a type, in the
// package's own source: a constant that is new is among them.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	const folder = "../call"
	files, err := parser.ParseDir(token.NewFileSet(), folder, nil, 0) //nolint:staticcheck // build tags matter to nobody here
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, file := range files["call"].Files {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			name, named := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if !named || !literal || value.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[name.Name] = append(found[name.Name], text)
			return true
		})
	}
	return found
}

// worded checks that each of the constants of a type has words, and that no two of them
// have the same.
func worded[T ~string](t *testing.T, values []string, words map[T]string) {
	t.Helper()
	seen := map[string]string{}
	for _, v := range values {
		said := words[T(v)]
		if said == "" {
			t.Errorf("%T %q has no words", T(v), v)
		}
		if other, twice := seen[said]; twice {
			t.Errorf("%T %q and %q are both %q", T(v), v, other, said)
		}
		seen[said] = v
	}
	if len(values) < 3 {
		t.Errorf("only %d constants of %T were found", len(values), T(""))
	}
	for v := range words {
		if v != "" && !slices.Contains(values, string(v)) {
			t.Errorf("%T %q has words and no constant", v, v)
		}
	}
}

func TestEveryConstantHasWordsOfItsOwn(t *testing.T) {
	all := constants(t)
	worded(t, all["Cause"], happened)
	worded(t, all["Outcome"], ended)
	worded(t, all["Way"], in)
	worded(t, all["Urgency"], alarm)
}

func TestWordsOfANewerVersionAreNamed(t *testing.T) {
	for got, want := range map[string]string{
		Happened("moon\x1b[2J"): `ended with cause "moon\x1b[2J"`,
		Ended("moon"):           `ended with outcome "moon"`,
		In("moon"):              `in the way "moon"`,
		Alarm("moon"):           `"moon"`,
		Ended(""):               "not over yet",
		Happened(call.Refused):  "the resident refused, or said nothing",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhatWantsALook(t *testing.T) {
	for outcome, want := range map[call.Outcome]bool{
		call.OutcomeNotMade: true, call.OutcomeUnproved: true, call.OutcomeTaken: true,
		call.OutcomeCleared: false, call.OutcomeExplained: false, call.OutcomeAbandoned: false, "": false,
	} {
		if Unsafe(outcome) != want {
			t.Errorf("%q: %t", outcome, !want)
		}
	}
}
