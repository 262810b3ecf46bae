package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"clearline/lib/config"
	"clearline/lib/doctor"
	"clearline/lib/doctor/trial"
	"clearline/lib/doctor/visit"
)

// errGivenUp says that somebody ended a test call from the keyboard.
var errGivenUp = errors.New("the test call was given up; nothing of it is left")

// try makes a test call, and prints each finding at once. Whoever gives it up hangs it up.
func (c doctorCmd) try(cfg *config.Config, o *output) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	worst := doctor.OK
	err := visit.Call(ctx, cfg, visit.Options{Console: c.console()}, c.Call, c.Wait, func(f doctor.Finding) {
		if f.State == doctor.Fail {
			worst = doctor.Fail
		}
		c.tell(o.out, f)
	})
	switch {
	case errors.Is(err, visit.ErrNoTelephone):
		return usageError(err.Error())
	case errors.Is(err, context.Canceled):
		return errGivenUp
	case err == nil && worst == doctor.Fail:
		return errUnwell
	}
	return err
}

// tell prints one finding, or what happens at the moment. Somebody who no longer reads is no
// reason to let go of whoever is on the telephone.
func (c doctorCmd) tell(w io.Writer, f doctor.Finding) {
	if c.JSON {
		_ = json.NewEncoder(w).Encode(f)
		return
	}
	_, _ = io.WriteString(w, textOf(f))
}

// textOf is a finding in words, with what to do where something is wrong.
func textOf(f doctor.Finding) string {
	text := fmt.Sprintf("%-4s  %-17s  %s\n", f.State, f.Check, plain(f.What))
	if f.State == doctor.OK || f.State == trial.Now {
		return text
	}
	return text + fmt.Sprintf("      %-17s  why: %s\n      %-17s  do:  %s\n", "", plain(f.Why), "", plain(f.Do))
}
