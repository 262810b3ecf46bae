package call

import (
	"errors"
	"fmt"
)

// ErrLegGone says that what was asked of a leg could not be done because the leg
// no longer exists.
var ErrLegGone = errors.New("the leg is gone")

// ErrLegTaken says that what was asked of a leg could not be done because the
// dialplan has taken the leg back: it may be up, but obeys no longer.
var ErrLegTaken = errors.New("the dialplan has taken the leg back")

// ErrLegEnding says of a leg that the dialplan has taken back that it did so only because
// the leg is being hung up: that it is gone will be told at once. It is an [ErrLegTaken].
var ErrLegEnding = fmt.Errorf("%w to hang it up", ErrLegTaken)
