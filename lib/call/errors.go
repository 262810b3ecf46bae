package call

import "errors"

// ErrLegGone says that what was asked of a leg could not be done because the leg
// no longer exists.
var ErrLegGone = errors.New("the leg is gone")
