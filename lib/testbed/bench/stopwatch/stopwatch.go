// Package stopwatch times what a number dialled inside a call brings about, at the
// telephones: all its times are those of packets.
package stopwatch

import (
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"clearline/lib/testbed"
)

// Delays are counted from the moment the last key was released, or a call was dialled.
type Delays struct {
	Bye    time.Duration // until the BYE was at the telephone of the other party
	Invite time.Duration // until the INVITE was at the telephone that is rung
}

// CallerFirst says whether the other party was told before anybody was rung.
func (d Delays) CallerFirst() bool { return d.Bye < d.Invite }

// Read takes the times of a call that ended because of keys pressed in another. Both
// calls have what is asked for: Press has returned, the BYE and the INVITE have arrived.
func Read(pressed, ended, rung *testbed.Call) (Delays, error) {
	key, err := Released(pressed)
	if err != nil {
		return Delays{}, err
	}
	return since(key, ended, rung)
}

// ReadFresh is Read for a number dialled in a call of its own: it counts from when the
// telephone dialled.
func ReadFresh(dialled, ended, rung *testbed.Call) (Delays, error) {
	return since(dialled.Started(), ended, rung)
}

func since(key time.Time, ended, rung *testbed.Call) (Delays, error) {
	bye := ended.DismissedAt()
	if bye.IsZero() {
		return Delays{}, fmt.Errorf("%s was not hung up", ended.Phone.Name)
	}
	return Delays{Bye: bye.Sub(key), Invite: rung.Started().Sub(key)}, nil
}

var errNoKey = errors.New("read when the last key was released: none was")

// Released is when the last key of a call was released: just before the first RTP packet
// with the end bit of RFC 4733 went out. That packet ends the key for Asterisk too, and
// whoever listens; the two repetitions behind it change nothing. Press must have returned.
func Released(c *testbed.Call) (time.Time, error) {
	mouth := reflect.ValueOf(c).Elem().FieldByName("mouth")
	if mouth.Kind() != reflect.Pointer || mouth.IsNil() {
		return time.Time{}, errNoKey
	}
	let := mouth.Elem().FieldByName("let")
	if !let.IsValid() || let.Type() != reflect.TypeFor[[]time.Time]() {
		return time.Time{}, errors.New("read when the last key was released: the test bed keeps it no longer")
	}
	// The test bed keeps these times to itself. Nothing is written to them once Press
	// has returned.
	times := *(*[]time.Time)(unsafe.Pointer(let.UnsafeAddr()))
	if len(times) == 0 {
		return time.Time{}, errNoKey
	}
	return times[len(times)-1], nil
}
