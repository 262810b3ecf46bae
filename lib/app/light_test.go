//go:build light

package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"clearline/lib/testbed"
	"clearline/lib/testbed/house"
)

// TestLight plays what telephones are told of messages, under testdata/light, on an Asterisk
// with the modules for it. Debian's has none: scripts/test-light makes them.
func TestLight(t *testing.T) {
	folder := os.Getenv("CLEARLINE_LIGHT_MODULES")
	modules := []string{"res_pjsip_mwi", "res_pjsip_mwi_body_generator"}
	for _, name := range []string{"res_mwi_external", "res_stasis_mailbox", "res_ari_mailboxes"} {
		modules = append(modules, filepath.Join(folder, name+".so"))
	}
	always := `policy = { night = [{ from = "00:00", to = "12:00" }, { from = "12:00", to = "00:00" }] }`
	x := settled(t, house.Options{
		Bed: testbed.Options{Lines: flats[:1], Modules: modules, Mailboxes: true},
		Own: map[string]string{"flat-1": always}, Settings: impatient,
	})
	x.house.Bed.Scenarios(t, testbed.NewVerbs(), "testdata/light", nil)
}
