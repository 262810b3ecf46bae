//go:build race

package flow_test

// raceDetector says whether this is a test with the race detector, which makes it five times
// as long.
const raceDetector = true
