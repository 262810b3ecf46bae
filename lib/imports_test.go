// Package lib_test holds the whole tree to its shape.
package lib_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// may lists, for each package of the program, which others it may import. The
// core knows nothing of the edge, and adapters know nothing of each other.
var may = map[string][]string{
	"lib/call":                    {},
	"lib/number":                  {"lib/call"},
	"lib/roster":                  {"lib/call", "lib/number"},
	"prompts":                     {},
	"lib/prompt":                  {"lib/call", "prompts"},
	"lib/policy":                  {"lib/call", "lib/number"},
	"lib/policy/situation":        {"lib/call", "lib/number", "lib/policy"},
	"lib/flow":                    {"lib/number", "lib/call", "lib/prompt", "lib/policy"},
	"lib/store":                   {"lib/call"},
	"lib/store/boltfile":          {},
	"lib/store/boltstore":         {"lib/call", "lib/store", "lib/store/boltfile"},
	"lib/store/storetest":         {"lib/call", "lib/store"},
	"lib/store/redisstore":        {"lib/call", "lib/store"},
	"lib/history":                 {"lib/call", "lib/store"},
	"lib/tokens":                  {"lib/call", "lib/store", "lib/users"},
	"lib/users":                   {"lib/call", "lib/store"},
	"lib/peers":                   {"lib/call"},
	"lib/feed":                    {"lib/call"},
	"lib/api":                     {"lib/call", "lib/desk", "lib/feed", "lib/store", "lib/tokens", "lib/users"},
	"lib/desk":                    {"lib/call", "lib/feed", "lib/flow", "lib/history", "lib/number", "lib/roster", "lib/store", "lib/users"},
	"lib/recordings":              {"lib/call"},
	"lib/engine":                  {"lib/call", "lib/flow", "lib/number", "lib/policy", "lib/prompt", "lib/store"},
	"lib/callerid":                {"lib/call"},
	"lib/asterisk":                {"lib/call", "lib/callerid", "lib/flow", "lib/prompt"},
	"lib/fastagi":                 {"lib/call", "lib/callerid"},
	"lib/transcribe":              {},
	"lib/telemetry":               {"lib/call", "lib/flow"},
	"lib/config":                  {"lib/call", "lib/number", "lib/policy", "lib/prompt"},
	"lib/card":                    {"lib/call", "lib/config", "lib/number", "lib/policy", "lib/prompt"},
	"dialplan":                    {"lib/call", "lib/config", "lib/number", "lib/prompt"},
	"lib/mqtt":                    {"lib/call", "lib/number"},
	"lib/notify":                  {"lib/call", "lib/number", "lib/store"},
	"lib/notify/carrier":          {},
	"lib/app":                     {"lib/api", "lib/asterisk", "lib/call", "lib/config", "lib/console", "lib/desk", "lib/engine", "lib/fastagi", "lib/feed", "lib/flow", "lib/history", "lib/mqtt", "lib/notify", "lib/notify/carrier", "lib/number", "lib/peers", "lib/policy", "lib/prompt", "lib/recordings", "lib/store", "lib/store/boltstore", "lib/store/redisstore", "lib/telemetry", "lib/tokens", "lib/transcribe", "lib/users"},
	"ari-app":                     {"dialplan", "lib/app", "lib/call", "lib/card", "lib/config", "lib/doctor", "lib/doctor/trial", "lib/doctor/visit", "lib/history", "lib/notify/carrier", "lib/number", "lib/pbx", "lib/policy", "lib/prompt", "lib/roster", "lib/setup", "lib/telemetry", "lib/tokens", "lib/users"},
	"lib/testbed":                 {"lib/call", "lib/pbx", "lib/prompt"},
	"lib/pbx":                     {},
	"lib/doctor":                  {"lib/call", "lib/config", "lib/number", "lib/pbx", "lib/prompt"},
	"lib/setup":                   {"dialplan", "lib/config", "lib/pbx"},
	"lib/doctor/trial":            {"lib/call", "lib/doctor", "lib/prompt"},
	"lib/doctor/visit":            {"dialplan", "lib/asterisk", "lib/config", "lib/doctor", "lib/doctor/trial", "lib/pbx", "lib/prompt", "lib/store/redisstore", "lib/telemetry", "lib/transcribe"},
	"lib/console":                 {"lib/call", "lib/desk", "lib/feed", "lib/number", "lib/roster", "lib/store", "lib/users"},
	"lib/testbed/house":           {"dialplan", "lib/config", "lib/prompt", "lib/testbed"},
	"lib/testbed/demo":            {"dialplan", "lib/config", "lib/prompt", "lib/testbed", "lib/testbed/bench/stopwatch", "lib/testbed/house"},
	"lib/testbed/upgrade":         {"lib/testbed", "lib/testbed/house"},
	"lib/testbed/bench":           {"dialplan", "lib/call", "lib/number", "lib/policy", "lib/policy/situation", "lib/testbed", "lib/testbed/bench/stopwatch", "lib/testbed/house"},
	"lib/testbed/faults":          {"lib/testbed", "lib/testbed/house", "lib/testbed/redisserver"},
	"lib/testbed/bench/stopwatch": {"lib/testbed"},
	"lib/testbed/broker":          {},
	"lib/testbed/browser":         {},
	"lib/testbed/redisserver":     {},
	"docker":                      {},
	"scripts/packaging":           {},
	"scripts/packaging/bill":      {},
}

// pure packages hold no effects: these imports betray one.
var (
	pure    = []string{"lib/call", "lib/callerid", "lib/flow", "lib/policy"}
	effects = []string{"os", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "io", "sync", "context"}
)

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) map[string]goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "clearline/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]goPackage{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		found[strings.TrimPrefix(p.ImportPath, "clearline/")] = p
	}
}

func TestImportsPointInwardsOnly(t *testing.T) {
	for name, p := range packages(t) {
		if name == "lib" {
			continue
		}
		allowed, known := may[name]
		if !known {
			t.Errorf("package %s has no place in the table of imports", name)
		}
		for _, imported := range p.Imports {
			own, ok := strings.CutPrefix(imported, "clearline/")
			if ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
}

func TestTheCoreHasNoEffects(t *testing.T) {
	all := packages(t)
	for _, name := range pure {
		for _, imported := range all[name].Imports {
			if slices.Contains(effects, imported) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}
