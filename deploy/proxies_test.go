package deploy

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
)

// balancers are the load balancers with an example.
var balancers = []struct {
	program, file string
	check         []string // the arguments that check a configuration
	run           []string // the arguments that run it in the foreground
	adapt         *strings.Replacer
}{
	{
		"haproxy", "haproxy.cfg",
		[]string{"-c", "-f"},
		[]string{"-f"},
		strings.NewReplacer("bind :::22 v4v6", "bind FRONT", "192.0.2.11:2222", "BACK", "maxconn 12000", "maxconn 100"),
	},
	{
		"nginx", "nginx.conf",
		[]string{"-t", "-g", "error_log stderr; pid PID;", "-c"},
		[]string{"-g", "daemon off; error_log stderr; pid PID;", "-c"},
		strings.NewReplacer("listen 22;", "listen FRONT;", "listen [::]:22;", "", "192.0.2.11:2222", "BACK", "24000", "100"),
	},
}

// TestLoadBalancerKeepsClientAddresses runs the load balancers of the examples, where they are
// installed, in front of the program, and plays with the real client from another address.
func TestLoadBalancerKeepsClientAddresses(t *testing.T) {
	for _, b := range balancers {
		t.Run(b.program, func(t *testing.T) {
			path := tool(t, b.program, "the example for it")
			client := tool(t, "ssh", "a client behind it")
			if b.program == "nginx" {
				if _, err := os.Stat("/usr/lib/nginx/modules/ngx_stream_module.so"); err != nil {
					t.Skip("the example for nginx is not tested: its stream module is not installed")
				}
			}
			dir := t.TempDir()
			server := serve(t, program(t), dir, "--listen", "127.0.0.1:0", "--proxy-protocol", "127.0.0.1", "--log-level", "debug")
			front := sshtest.FreeAddr(t)
			text := strings.NewReplacer("FRONT", front, "BACK", server.addr).Replace(b.adapt.Replace(read(t, b.file)))
			config := filepath.Join(dir, b.file)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args := func(list []string) []string {
				joined := strings.ReplaceAll(strings.Join(list, "\n"), "PID", filepath.Join(dir, "pid"))
				return append(strings.Split(joined, "\n"), config)
			}
			if out, err := command(t.Context(), dir, path, args(b.check)...); err != nil {
				t.Fatalf("it does not take the example: %v\n%s", err, out)
			}
			balancer := exec.Command(path, args(b.run)...)
			runUntilEnd(t, balancer)
			host, port, _ := net.SplitHostPort(front)
			sshtest.Eventually(t, "a player comes in through the load balancer", func() bool {
				out, err := command(t.Context(), dir, client, "-F", "/dev/null", "-b", "127.0.0.5", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
					"-o", "LogLevel=ERROR", "-o", "IdentityFile=none", "-o", "IdentityAgent=none", "-p", port, "alice@"+host, "me")
				return err == nil && strings.Contains(out, "alice")
			})
			server.terminate(t)
			if log := server.log(t); !strings.Contains(log, "player=alice from=127.0.0.5:") || strings.Contains(log, "doesn't send its client's address") {
				t.Errorf("the log:\n%s", log)
			}
		})
	}
}
