package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clearline/lib/app"
	"clearline/lib/config"
	"clearline/lib/prompt"
)

// configured is a configuration whose folders are the test's own.
func configured(t *testing.T) *config.Config {
	t.Helper()
	cfg := config.Default()
	cfg.Path = "clearline.toml"
	cfg.ARI.Password = config.NewSecret("example")
	cfg.Prompts.Dir = filepath.Join(t.TempDir(), "prompts")
	cfg.Store.Path = filepath.Join(t.TempDir(), "clearline.db")
	return &cfg
}

func TestMissingPromptsAreNamedWithTheCommandThatMakesThem(t *testing.T) {
	cfg := configured(t)
	_, err := app.New(cfg, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), cfg.Prompts.Dir) || !strings.Contains(err.Error(), "clearline prompts render") {
		t.Errorf("without prompts: %v", err)
	}
	if _, err := os.Stat(cfg.Store.Path); err == nil {
		t.Error("the store was made although Clearline cannot start")
	}
}

func TestAStoreThatCannotBeOpenedIsNamed(t *testing.T) {
	cfg := configured(t)
	catalogue, err := prompt.LoadCatalogue(cfg.Language)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range catalogue.Names() {
		file := filepath.Join(cfg.Prompts.Dir, cfg.Language, string(name)+".wav")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("RIFF"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Store.Path = filepath.Join(cfg.Prompts.Dir, cfg.Language) // a folder
	if _, err := app.New(cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), cfg.Store.Path) {
		t.Errorf("a store that is a folder: %v", err)
	}
}
