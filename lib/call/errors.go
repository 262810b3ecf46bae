package call

import "errors"

// ErrLegGone says that what was asked of a leg could not be done because the leg
// no longer exists.
var ErrLegGone = errors.New("the leg is gone")

// ErrLegTaken says that what was asked of a leg could not be done because the
// dialplan has taken the leg back: it may be up, but obeys no longer.
var ErrLegTaken = errors.New("the dialplan has taken the leg back")
