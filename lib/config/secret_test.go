package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestSecretsShowNowhere(t *testing.T) {
	c := Default()
	c.ARI.Password = NewSecret("hunter2")
	c.Notify = []Notify{{URL: NewSecret("ntfy://hunter2@ntfy.example/x")}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", c.ARI.Password)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "config", c, "password", c.ARI.Password)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "config", c, "password", c.ARI.Password)
	for _, encode := range []func(any) ([]byte, error){json.Marshal, toml.Marshal} {
		text, err := encode(c)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), fmt.Sprintf("%x", "hunter2")) {
		t.Error(out.String())
	}
	if c.ARI.Password.Reveal() != "hunter2" || (Secret{}).Reveal() != "" {
		t.Error("Reveal does not reveal")
	}
}
