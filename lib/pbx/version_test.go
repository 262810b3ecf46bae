package pbx_test

import (
	"testing"

	"clearline/lib/pbx"
)

func TestVersionFloor(t *testing.T) {
	for _, c := range []struct {
		name, version string
		ok            bool
	}{
		{"the floor itself passes", "22.10.1", true},
		{"a distribution's suffix is no matter", "22.10.1+dfsg+~cs6.17.60671434-1", true},
		{"a later patch passes", "20.21.0", true},
		{"one patch below is refused", "21.12.2", false},
		{"an earlier minor is refused", "20.6.0~dfsg", false},
		{"an old branch is refused", "18.26.1", false},
		{"a branch yet to come passes", "24.0.0", true},
		{"words are refused", "GIT-master", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := pbx.AtFloor(c.version); (err == nil) != c.ok {
				t.Errorf("AtFloor(%q) = %v, want ok %v", c.version, err, c.ok)
			}
		})
	}
}
