package testbed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"clearline/lib/pbx"
)

// Install is an Asterisk that can be started from where it lies.
type Install struct {
	Command   []string // program and the arguments every invocation begins with
	Version   string   // as `asterisk -V` says it, without the word Asterisk
	ModuleDir string   // holds chan_pjsip.so and its like
	DataDir   string   // holds documentation, rest-api and sounds
	SoundsEN  string   // English core sounds; empty where there are none
}

// FindAsterisk returns the Asterisk on PATH when there is one at or above the version
// floor, and otherwise the private one in the user's cache folder, which it builds when
// missing. Building takes about a minute; progress gets a line for each step and may be nil.
func FindAsterisk(ctx context.Context, progress io.Writer) (Install, error) {
	if progress == nil {
		progress = io.Discard
	}
	if path, err := exec.LookPath("asterisk"); err == nil {
		in, err := systemInstall(ctx, path)
		if err == nil {
			return in, nil
		}
		say(progress, "passing over %s: %v\n", path, err)
	}
	root, err := privateRoot(ctx, progress)
	if err != nil {
		return Install{}, err
	}
	return rootInstall(ctx, root)
}

// say writes a line of progress. A writer that fails is no reason to stop.
func say(progress io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(progress, "testbed: "+format, args...)
}

func systemInstall(ctx context.Context, path string) (Install, error) {
	in := Install{Command: []string{path}}
	version, err := in.askVersion(ctx)
	if err != nil {
		return Install{}, err
	}
	in.Version = version
	if err := pbx.AtFloor(version); err != nil {
		return Install{}, err
	}
	in.ModuleDir, err = firstDir("modules", "/usr/lib/*/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules", "/usr/local/lib/asterisk/modules")
	if err != nil {
		return Install{}, err
	}
	in.DataDir, err = firstDir("data", "/usr/share/asterisk", "/var/lib/asterisk", "/usr/local/share/asterisk")
	if err != nil {
		return Install{}, err
	}
	in.SoundsEN, _ = firstDir("sounds", in.DataDir+"/sounds/en", in.DataDir+"/sounds/en_US*")
	return in, nil
}

// rootInstall describes an Asterisk inside a debootstrap root: its own loader runs it in
// place, without chroot.
func rootInstall(ctx context.Context, root string) (Install, error) {
	loader, err := firstFile("loader", root+"/usr/lib64/ld-linux-*.so.*", root+"/usr/lib/ld-linux-*.so.*", root+"/usr/lib/*/ld-linux-*.so.*")
	if err != nil {
		return Install{}, err
	}
	modules, err := firstDir("modules", root+"/usr/lib/*/asterisk/modules")
	if err != nil {
		return Install{}, err
	}
	arch := filepath.Dir(filepath.Dir(modules)) // ROOT/usr/lib/x86_64-linux-gnu
	in := Install{
		Command:   []string{loader, "--library-path", arch + ":" + root + "/usr/lib", root + "/usr/sbin/asterisk"},
		ModuleDir: modules,
		DataDir:   root + "/usr/share/asterisk",
	}
	in.SoundsEN, _ = firstDir("sounds", in.DataDir+"/sounds/en_US_*")
	if in.Version, err = in.askVersion(ctx); err != nil {
		return Install{}, err
	}
	if err := pbx.AtFloor(in.Version); err != nil {
		return Install{}, fmt.Errorf("use %s: %w; remove that folder to have it built again", root, err)
	}
	return in, nil
}

// command is one invocation of the asterisk program.
func (in Install) command(ctx context.Context, args ...string) *exec.Cmd {
	all := append(append([]string{}, in.Command[1:]...), args...)
	return exec.CommandContext(ctx, in.Command[0], all...)
}

func (in Install) askVersion(ctx context.Context) (string, error) {
	out, err := in.command(ctx, "-V").Output()
	if err != nil {
		return "", fmt.Errorf("ask asterisk for its version: %w", err)
	}
	version := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(out)), "Asterisk"))
	if version == "" {
		return "", errors.New("ask asterisk for its version: no answer")
	}
	return version, nil
}

// firstDir returns the first folder that one of the glob patterns finds.
func firstDir(what string, patterns ...string) (string, error) {
	return first(what, os.FileMode.IsDir, patterns)
}

func firstFile(what string, patterns ...string) (string, error) {
	return first(what, os.FileMode.IsRegular, patterns)
}

func first(what string, is func(os.FileMode) bool, patterns []string) (string, error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("look for asterisk's %s: %w", what, err)
		}
		for _, path := range found {
			if st, err := os.Stat(path); err == nil && is(st.Mode()) {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("find asterisk's %s: none at %s", what, strings.Join(patterns, ", "))
}
