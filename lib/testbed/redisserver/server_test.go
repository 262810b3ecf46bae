package redisserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"clearline/lib/testbed/redisserver"
)

// ask sends one command through the proxy and waits for the first line of the answer.
func ask(t *testing.T, at, command string, patience time.Duration) (string, error) {
	t.Helper()
	where, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", where.Host, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}

func want(t *testing.T, at, command, answer string) {
	t.Helper()
	if got, err := ask(t, at, command, 5*time.Second); got != answer || err != nil {
		t.Errorf("%s gives %q, error %v, want %q", command, got, err, answer)
	}
}

// gone waits until a process is no more.
func gone(pid int) bool {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}

func pid(t *testing.T, s *redisserver.Server) int {
	t.Helper()
	info, err := s.Command(t.Context(), "INFO server")
	if err != nil {
		t.Fatal(err)
	}
	var id int
	_, rest, _ := strings.Cut(info, "process_id:")
	if _, err := fmt.Sscan(rest, &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestItServesThroughItsProxyAndForgetsOnRestart(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{Address: "127.0.77.1"})
	if !strings.HasPrefix(s.URL(), "redis://127.0.77.1:") || s.URL() == s.Direct() {
		t.Errorf("it is at %s and at %s", s.URL(), s.Direct())
	}
	want(t, s.URL(), "SET name value", "+OK")
	want(t, s.Direct(), "EXISTS name", ":1")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "EXISTS name", ":0")
	want(t, s.URL(), "SET name value", "+OK")
	if err := s.Empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "EXISTS name", ":0")
}

func TestADurableOneRemembers(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{Durable: true})
	want(t, s.URL(), "SET name value", "+OK")
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "EXISTS name", ":1")
}

func TestAPasswordIsAskedFor(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{Password: "sesame"})
	want(t, s.URL(), "PING", "-NOAUTH Authentication required.")
	if !strings.Contains(s.URL(), ":sesame@") {
		t.Errorf("it is at %s", s.URL())
	}
	if answer, err := s.Command(t.Context(), "PING"); answer != "PONG" || err != nil {
		t.Errorf("PING gives %q, error %v", answer, err)
	}
}

func TestAStoppedOneAnswersNobody(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	id := pid(t, s)
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if !gone(id) {
		t.Errorf("process %d is still there", id)
	}
	if _, err := ask(t, s.URL(), "PING", time.Second); err == nil {
		t.Error("it answers through the proxy")
	}
	if _, err := ask(t, s.Direct(), "PING", time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("without the proxy it gives %v", err)
	}
	if err := s.Freeze(); err == nil {
		t.Error("a stopped server was frozen")
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "PING", "+PONG")
}

func TestAFrozenOneAnswersWhenItThaws(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	if err := s.Freeze(); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, s.URL(), "PING", 100*time.Millisecond); err == nil {
		t.Errorf("frozen it answers %q", got)
	}
	if err := s.Thaw(); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "PING", "+PONG")
	id := pid(t, s)
	if err := s.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil || !gone(id) {
		t.Errorf("a frozen process %d does not end: %v", id, err)
	}
}

func TestASlowOneAnswersLate(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	suffer(t, s, redisserver.Late(200*time.Millisecond))
	begun := time.Now()
	want(t, s.URL(), "PING", "+PONG")
	if took := time.Since(begun); took < 200*time.Millisecond {
		t.Errorf("the answer took %v", took)
	}
	suffer(t, s, redisserver.Late(time.Hour))
	if got, err := ask(t, s.URL(), "PING", 50*time.Millisecond); err == nil {
		t.Errorf("it answers %q", got)
	}
	suffer(t, s)
	want(t, s.URL(), "PING", "+PONG")
}

func suffer(t *testing.T, s *redisserver.Server, troubles ...redisserver.Trouble) {
	t.Helper()
	if err := s.Suffer(troubles...); err != nil {
		t.Fatal(err)
	}
}

func TestAMuteOneKeepsTheConnectionAndSaysNothing(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	suffer(t, s, redisserver.Mute()...)
	var timeout net.Error
	if got, err := ask(t, s.URL(), "SET name value", 100*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("it answers %q, error %v", got, err)
	}
	suffer(t, s)
	want(t, s.URL(), "EXISTS name", ":0")
}

func TestALostAnswerIsToSomethingThatWasDone(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	suffer(t, s, redisserver.AnswersLost("SET name")...)
	want(t, s.URL(), "PING", "+PONG")
	for _, command := range []string{"SET name value", "PING"} {
		if got, err := ask(t, s.URL(), command, 5*time.Second); err == nil {
			t.Errorf("%s is answered %q", command, got)
		}
	}
	want(t, s.Direct(), "EXISTS name", ":1")
	suffer(t, s)
	want(t, s.URL(), "EXISTS name", ":1")
}

func TestANarrowWayTakesItsTime(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	suffer(t, s, redisserver.Narrow(10)...)
	begun := time.Now()
	want(t, s.URL(), "SET name "+strings.Repeat("x", 3000), "+OK")
	if took := time.Since(begun); took < 200*time.Millisecond {
		t.Errorf("three kilobytes took %v at ten in a second", took)
	}
}

func TestSentinelsMakeTheReplicaTheMaster(t *testing.T) {
	t.Parallel()
	w := redisserver.WatchedFor(t, redisserver.Options{Address: "127.0.77.2"})
	if _, err := w.Master.Command(t.Context(), "SET name value"); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Master.Command(t.Context(), "WAIT 1 5000"); n != "1" || err != nil {
		t.Fatalf("%s replicas have it, error %v", n, err)
	}
	if err := w.Master.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.FailedOver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Replica.Command(t.Context(), "EXISTS name"); n != "1" || err != nil {
		t.Errorf("EXISTS gives %s, error %v", n, err)
	}
}

func TestAFailingOneRefusesToWrite(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{})
	if err := s.Fail(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "SET name value", "-NOREPLICAS Not enough good replicas to write.")
	want(t, s.URL(), "EXISTS name", ":0")
	if err := s.Fail(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	want(t, s.URL(), "SET name value", "+OK")
}

func TestItEndsWithItsContext(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs a real Redis")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := redisserver.Start(ctx, redisserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := pid(t, s)
	cancel()
	if !gone(id) {
		t.Errorf("process %d is still there", id)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder is still there: %v", err)
	}
}

// TestMain lets this binary play a test that panics while its server runs.
func TestMain(m *testing.M) {
	if os.Getenv("CLEARLINE_PANIC_WITH_REDIS") == "" {
		os.Exit(m.Run())
	}
	s, err := redisserver.Start(context.Background(), redisserver.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	info, err := s.Command(context.Background(), "INFO server")
	fmt.Println(s.Home, info, err)
	panic("as a failing test might")
}

func TestItEndsWithATestThatPanics(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs a real Redis")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "CLEARLINE_PANIC_WITH_REDIS=1")
	said, err := cmd.Output()
	if err == nil {
		t.Fatalf("it did not panic: %s", said)
	}
	home, rest, _ := strings.Cut(string(said), " ")
	defer os.RemoveAll(home)
	var id int
	_, rest, _ = strings.Cut(rest, "process_id:")
	if _, err := fmt.Sscan(rest, &id); err != nil {
		t.Fatalf("%v in %s", err, said)
	}
	if !gone(id) {
		t.Errorf("process %d is still there", id)
	}
}

func TestAMissingProgramIsNamedWithItsRemedy(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := redisserver.Start(t.Context(), redisserver.Options{})
	if !errors.Is(err, redisserver.ErrMissing) || !strings.Contains(err.Error(), "scripts/setup") {
		t.Errorf("without redis-server it gives %v", err)
	}
}

func TestOnlyLoopbackAddressesAreServed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0", "192.0.2.1", "localhost"} {
		if _, err := redisserver.Start(t.Context(), redisserver.Options{Address: address}); err == nil {
			t.Errorf("it serves %s", address)
		}
	}
}

func TestASentinelKnowsWhereTheServerIs(t *testing.T) {
	t.Parallel()
	s := redisserver.For(t, redisserver.Options{Password: "sesame"})
	watch := redisserver.SentinelFor(t, s)
	if at := watch.SentinelURL(); !strings.HasPrefix(at, "redis+sentinel://:sesame@127.0.0.1:") || !strings.HasSuffix(at, "/"+redisserver.Master) {
		t.Errorf("it is at %s", at)
	}
	info, err := watch.Command(t.Context(), "INFO sentinel")
	_, port, _ := strings.Cut(s.Direct(), "@")
	if err != nil || !strings.Contains(info, "address="+port) {
		t.Errorf("it knows %s, error %v", info, err)
	}
}

func TestAClusterServesEveryKey(t *testing.T) {
	t.Parallel()
	c := redisserver.ClusterFor(t, redisserver.Options{})
	moved := 0
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		answer, err := c.Nodes[0].Command(t.Context(), "SET "+key+" value")
		switch {
		case err != nil && strings.Contains(err.Error(), "MOVED"):
			moved++
		case err != nil || answer != "OK":
			t.Errorf("SET %s gives %q, error %v", key, answer, err)
		}
	}
	if moved == 0 || moved == 6 {
		t.Errorf("%d of 6 keys belong to other nodes", moved)
	}
	if err := c.Empty(t.Context()); err != nil {
		t.Error(err)
	}
}
