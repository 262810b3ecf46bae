package browser

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe-core, which finds barriers: on a page, what somebody cannot see, reach or make sense of.
const (
	axeVersion = "4.14.1"
	axeAddress = "https://registry.npmjs.org/axe-core/-/axe-core-" + axeVersion + ".tgz"
	axeSum     = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745" // SHA-256 of the package
	axeFile    = "package/axe.min.js"
	axeMost    = 8 << 20
)

// Axe is the script of axe-core. It is fetched once into the user's cache.
func Axe(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	kept := filepath.Join(cache, "clearline", "axe-core-"+axeVersion+".tgz")
	packed, err := os.ReadFile(kept)
	if err != nil || sumOf(packed) != axeSum {
		if packed, err = fetchAxe(ctx); err != nil {
			return "", fmt.Errorf("fetch axe-core %s: %w", axeVersion, err)
		}
		if err := keep(kept, packed); err != nil {
			return "", err
		}
	}
	return unpack(packed, axeFile)
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func fetchAxe(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, axeAddress, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	packed, err := io.ReadAll(io.LimitReader(answer.Body, axeMost))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || sumOf(packed) != axeSum {
		return nil, fmt.Errorf("%s answered %s with %d bytes of SHA-256 %s, want %s", axeAddress, answer.Status, len(packed), sumOf(packed), axeSum)
	}
	return packed, nil
}

// keep writes a file that is there whole or not at all, also when several tests write it.
func keep(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+"-")
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	if err = errors.Join(err, part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), name)
}

// unpack reads one file of a package.
func unpack(packed []byte, name string) (string, error) {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(plain); ; {
		file, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		if file.Name == name {
			text, err := io.ReadAll(io.LimitReader(files, axeMost))
			return string(text), err
		}
	}
}

// asking has axe-core look at the page by the rules of WCAG 2.2, A and AA.
const asking = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]})
	.then((found) => JSON.stringify(found.violations.map((v) => ({rule: v.id, help: v.help, nodes: v.nodes.map((n) => n.html + " " + n.failureSummary)}))))`

type barrier struct {
	Rule, Help string
	Nodes      []string
}

// Barriers are what axe, the script of axe-core, finds wrong with the page, one a line.
func (w *Window) Barriers(ctx context.Context, axe string) ([]string, error) {
	var text string
	wait := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	if err := w.run(ctx, chromedp.Evaluate(axe+";0", nil), chromedp.Evaluate(asking, &text, wait)); err != nil {
		return nil, fmt.Errorf("look for barriers: %w", err)
	}
	var found []barrier
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("look for barriers: %w", err)
	}
	var lines []string
	for _, b := range found {
		lines = append(lines, fmt.Sprintf("%s (%s): %s", b.Rule, b.Help, strings.Join(b.Nodes, " | ")))
	}
	return lines, nil
}
