package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"clearline/lib/config"
)

// service is what the tests read of a service in compose.yaml.
type service struct {
	Image, User, Restart string
	Network              string   `yaml:"network_mode"`
	ReadOnly             bool     `yaml:"read_only"`
	Drop                 []string `yaml:"cap_drop"`
	Security             []string `yaml:"security_opt"`
	Grace                string   `yaml:"stop_grace_period"`
	Volumes              []string
	Build                struct {
		Dockerfile, Target string
		Args               []string
	}
}

type composition struct {
	Services map[string]service
	Volumes  map[string]any
}

func text(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func composed(t *testing.T) (c composition) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// submatches are all first groups of a pattern, each once, sorted.
func submatches(text, pattern string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// prepared is what prepare makes below another root than /, from the files that the
// Dockerfile puts beside it.
func prepared(t *testing.T, root string) {
	t.Helper()
	share := t.TempDir()
	copied := regexp.MustCompile(`(?m)^COPY (docs/.*) /usr/share/clearline/$`).FindStringSubmatch(text(t, "Dockerfile"))
	if copied == nil {
		t.Fatal("the Dockerfile puts nothing into /usr/share/clearline")
	}
	for _, from := range strings.Fields(copied[1]) {
		if strings.HasSuffix(from, "/") {
			from += "." // the folder's contents
		}
		run(t, "", "cp", "-r", "../"+from, share)
	}
	run(t, program(t), filepath.Join(share, "prepare"), root)
}

// program builds clearline and returns its folder.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "", "go", "build", "-o", dir, "clearline/ari-app")
	if err := os.Rename(filepath.Join(dir, "ari-app"), filepath.Join(dir, "clearline")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a command, which finds programs in a folder first.
func run(t *testing.T, first string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+first+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
}

func TestWhatIsPreparedFitsTogether(t *testing.T) {
	root := t.TempDir()
	etc := filepath.Join(root, "etc")
	prepared(t, root)
	cfg, faults := config.Load(filepath.Join(etc, "clearline/clearline.toml"))
	if len(faults) > 0 {
		t.Fatalf("the configuration has faults: %v", faults)
	}
	redis := text(t, root, "var/lib/redis/redis.conf")
	secret := submatches(redis, `(?m)^requirepass (\w{40})$`)
	if len(secret) != 1 || cfg.Store.Redis.Reveal() != "redis://:"+secret[0]+"@127.0.0.1:6380/0" || !strings.Contains(redis, "\nport 6380\n") {
		t.Error("Clearline and Redis do not find each other")
	}
	if ari := text(t, etc, "asterisk/ari.conf"); !strings.Contains(ari, "\npassword = "+cfg.ARI.Password.Reveal()+"\n") {
		t.Error("Clearline and ARI have different passwords")
	}
	house, world := text(t, etc, "asterisk/pjsip.conf"), text(t, etc, "world/pjsip.conf")
	link := submatches(world, `(?m)^bind = (127\.0\.0\.2:\d+)$`)
	if len(link) != 1 || !strings.Contains(house, "contact = sip:"+link[0]+"\n") || !strings.Contains(house, "match = 127.0.0.2\n") {
		t.Errorf("the house does not find the world at %s", link)
	}
	passwords := submatches(house+world, `(?m)^password = (\w{16})$`)
	if told := submatches(text(t, etc, "clearline/telephones"), `password (\w+)`); len(told) != 3 || !slices.Equal(told, passwords) {
		t.Errorf("of the telephones' passwords %d are told, and %d differ from each other", len(told), len(passwords))
	}
	if !strings.Contains(text(t, etc, "asterisk/clearline.conf"), "[clearline-inbound]") {
		t.Error("there is no dialplan")
	}
	c := composed(t)
	for folder, want := range map[string]string{cfg.Prompts.Dir: "sounds", cfg.Recordings.Dir: "recordings"} {
		for _, name := range []string{"clearline", "pbx"} {
			if !slices.ContainsFunc(c.Services[name].Volumes, func(v string) bool { return strings.HasPrefix(v+":", want+":"+folder+":") }) {
				t.Errorf("%s has not %s at %s", name, want, folder)
			}
		}
	}
	isPrivate(t, root)
}

// isPrivate looks whether everything below a root is this house's, and its own.
func isPrivate(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, _ := d.Info(); info.Mode()&0o007 != 0 {
			t.Errorf("everybody may touch %s: %s", path, info.Mode())
		}
		if strings.Contains(text(t, path), "replace-this") || strings.Contains(text(t, path), "192.0.2.") {
			t.Errorf("%s is not of this house", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestNoContainerMayDoMoreThanItsWork(t *testing.T) {
	c := composed(t)
	users := map[string]string{"clearline": "10160", "asterisk": "10161", "redis": "10162"}
	for name, s := range c.Services {
		if !s.ReadOnly || !slices.Equal(s.Drop, []string{"ALL"}) || !slices.Contains(s.Security, "no-new-privileges") || s.Network != "host" {
			t.Errorf("%s is not contained: %+v", name, s)
		}
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); !slices.Contains(keys(c.Volumes), volume) {
				t.Errorf("%s has %s, which is no volume", name, volume)
			}
		}
	}
	if got := c.Services["redis"].User; got != users["redis"]+":"+users["redis"] {
		t.Errorf("Redis runs as %s", got)
	}
	dockerfile := text(t, "Dockerfile")
	for name, number := range users {
		made := submatches(dockerfile, `(?:group(?:add|mod) -g|user(?:add|mod) -u) (\d+) (?:-g clearline -G [a-z,]+ -d \S+ -s \S+ )?`+name+`\b`)
		if !slices.Equal(made, []string{number}) {
			t.Errorf("user and group %s are %s in the images, not %s", name, made, number)
		}
	}
	// 30 seconds are those of a drain.
	if grace := c.Services["clearline"].Grace; grace != "45s" {
		t.Errorf("Clearline has %s to end", grace)
	}
}

func keys(m map[string]any) (all []string) {
	for key := range m {
		all = append(all, key)
	}
	return all
}

func TestTheDocumentSaysWhatThereIs(t *testing.T) {
	c, document := composed(t), text(t, "../docs/docker.md")
	dockerfile, compose := text(t, "Dockerfile"), text(t, "compose.yaml")
	for name, s := range c.Services {
		if !strings.Contains(document, "| `"+name+"` |") {
			t.Errorf("nothing is said of service %s", name)
		}
		for _, arg := range s.Build.Args {
			if !strings.Contains(dockerfile, "\nARG "+arg+"=") || !strings.Contains(document, "`"+arg+"`") {
				t.Errorf("the image of %s does not know %s, or nothing is said of it", name, arg)
			}
		}
		if s.Build.Target != "" && !strings.Contains(dockerfile, " AS "+s.Build.Target+"\n") {
			t.Errorf("there is no image %s", s.Build.Target)
		}
	}
	for name := range c.Volumes {
		if !strings.Contains(document, "`"+name+"`") {
			t.Errorf("nothing is said of volume %s", name)
		}
	}
	for _, base := range append(submatches(dockerfile, `(?m)^ARG \w+_IMAGE=(\S+)$`), submatches(compose, `REDIS_IMAGE:-([^}]+)}`)...) {
		if !strings.Contains(document, "`"+base+"`") {
			t.Errorf("nothing is said of %s", base)
		}
	}
	for _, named := range submatches(document, `docker compose (?:exec|run|logs|restart)(?: --user clearline| --?\w+)* ([a-z]+)`) {
		if _, there := c.Services[named]; !there {
			t.Errorf("there is no service %s", named)
		}
	}
	said := submatches(document, `(?m)^\| (\d+(?: to \d+)?), (?:UDP|TCP) \|`)
	if are := ports(t); !slices.Equal(said, are) {
		t.Errorf("the document names ports %s, and used are %s", said, are)
	}
}

// ports are those that the files of the house name.
func ports(t *testing.T) []string {
	t.Helper()
	small, world, defaults := text(t, "../docs/small-pbx.md"), text(t, "asterisk/world/pjsip.conf"), config.Default()
	found := submatches(small+world+text(t, "asterisk/redis.conf"), `(?m)^(?:bind = [\d.]+:|bindport = |port )(\d+)$`)
	found = append(found, submatches(defaults.AGI.Listen+" "+defaults.Console.Listen, `:(\d+)`)...)
	for _, each := range []string{"pbx", "world"} {
		rtp := text(t, "asterisk", each, "rtp.conf")
		found = append(found, submatches(rtp, `rtpstart = (\d+)`)[0]+" to "+submatches(rtp, `rtpend = (\d+)`)[0])
	}
	slices.Sort(found)
	return found
}
