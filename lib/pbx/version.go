package pbx

import (
	"fmt"
	"regexp"
	"strconv"
)

// floor is the oldest safe release of each supported branch: older ones let leaked ARI
// credentials run code (docs/asterisk.md).
var floor = map[int][2]int{20: {20, 1}, 21: {12, 3}, 22: {10, 1}, 23: {4, 1}}

const newestBranch = 23

// FloorText names the oldest supported release of each branch.
const FloorText = "20.20.1, 21.12.3, 22.10.1 or 23.4.1"

var threeNumbers = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)`)

// AtFloor returns an error when a version, "22.10.1" with anything behind it, is below the
// oldest supported release of its branch. Branches newer than the newest known one pass.
func AtFloor(version string) error {
	m := threeNumbers.FindStringSubmatch(version)
	if m == nil {
		return fmt.Errorf("read version %q: want three numbers", version)
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	oldest, known := floor[n[0]]
	switch {
	case !known && n[0] > newestBranch:
		return nil
	case !known:
		return fmt.Errorf("version %s is of an unsupported branch; supported are 20, 21, 22, 23", version)
	case n[1] < oldest[0] || n[1] == oldest[0] && n[2] < oldest[1]:
		return fmt.Errorf("version %s is below the floor %d.%d.%d", version, n[0], oldest[0], oldest[1])
	}
	return nil
}
