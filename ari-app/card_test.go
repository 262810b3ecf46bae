package main

import (
	"strings"
	"testing"
)

func TestTheCardOfALine(t *testing.T) {
	path, _ := configure(t, "language = \"cy_GB\"\nname = \"Fflat 1 <b>\"\n")
	code, page, complaints := command("card", "--config", path, "--line", "flat-1")
	if code != exitDone || complaints != "" {
		t.Fatalf("%d %s", code, complaints)
	}
	for _, want := range []string{"<!DOCTYPE html>", `lang="cy-GB"`, "<h1>Fflat 1 &lt;b&gt;</h1>", "<dt>999</dt>", "<dt>*55</dt>"} {
		if !strings.Contains(page, want) {
			t.Errorf("without %s:\n%s", want, page)
		}
	}
	code, page, complaints = command("card", "--config", path, "--line", "flat-9")
	if code != exitUsage || page != "" || !strings.Contains(complaints, `no line "flat-9"; there is flat-1`) {
		t.Errorf("%d %s %s", code, complaints, page)
	}
	if _, help, _ := command("card", "--help"); !strings.Contains(help, "clearline card --line flat-1 > flat-1.html") {
		t.Errorf("the help is\n%s", help)
	}
}
