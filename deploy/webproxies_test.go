package deploy

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clickky/cmd/clickky/sshtest"
)

// webProxies are the proxies in front of the web page with an example. TLS is left out: the example's
// certificate isn't here.
var webProxies = []struct {
	program, file string
	run           []string
	adapt         *strings.Replacer
}{
	{
		"nginx", "nginx-web.conf",
		[]string{"-g", "daemon off; error_log stderr; pid DIR/pid;", "-c"},
		strings.NewReplacer(
			"http {", "http { access_log off; client_body_temp_path DIR/1; proxy_temp_path DIR/2; fastcgi_temp_path DIR/3; uwsgi_temp_path DIR/4; scgi_temp_path DIR/5;",
			"listen 443 ssl;", "listen FRONT;", "listen [::]:443 ssl;", "", "127.0.0.1:8080", "BACK", "12000", "400",
			"ssl_certificate ", "# ", "ssl_certificate_key ", "# "),
	},
	{
		"caddy", "Caddyfile",
		[]string{"run", "--adapter", "caddyfile", "--config"},
		strings.NewReplacer("play.example.org {", "{\n\tadmin off\n}\n\nhttp://:PORT {\n\tbind 127.0.0.1", "127.0.0.1:8080", "BACK"),
	},
}

var showing = regexp.MustCompile(`serving the web page.* addr=(\S+)`)

// TestWebProxyPassesEverythingOn runs the proxies of the examples, where they are installed, in
// front of the page, and looks at it from other addresses.
func TestWebProxyPassesEverythingOn(t *testing.T) {
	for _, p := range webProxies {
		t.Run(p.program, func(t *testing.T) {
			path := tool(t, p.program, "the example for the web page")
			dir := t.TempDir()
			server := serve(t, program(t), dir, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--web-proxy", "127.0.0.1")
			var back string
			sshtest.Eventually(t, "the page is served", func() bool {
				m := showing.FindStringSubmatch(server.log(t))
				if m != nil {
					back = m[1]
				}
				return m != nil
			})
			front := sshtest.FreeAddr(t)
			_, port, _ := net.SplitHostPort(front)
			values := strings.NewReplacer("FRONT", front, "BACK", back, "PORT", port, "DIR", dir)
			config := filepath.Join(dir, p.file)
			if err := os.WriteFile(config, []byte(values.Replace(p.adapt.Replace(read(t, p.file)))), 0o600); err != nil {
				t.Fatal(err)
			}
			proxy := exec.Command(path, append(strings.Split(values.Replace(strings.Join(p.run, "\n")), "\n"), config)...)
			proxy.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
			runUntilEnd(t, proxy)
			sshtest.Eventually(t, "the page names the host that the browser asked for", func() bool {
				status, body := ask(t, front, "/", "127.0.0.5")
				return status == http.StatusOK && strings.Contains(body, " play.example.org</code>")
			})
			checkWebProxy(t, front, server.addr)
		})
	}
}

// checkWebProxy checks that events come at once, and that readers count by their own addresses.
func checkWebProxy(t *testing.T, front, ssh string) {
	t.Helper()
	events := bufio.NewScanner(open(t, front, "/events", "127.0.0.5").Body)
	waitFor := func(text string) {
		t.Helper()
		for events.Scan() {
			if strings.Contains(events.Text(), text) {
				return
			}
		}
		t.Fatalf("no event has %s: %v", text, events.Err())
	}
	waitFor(`"total":0,`)
	alice := sshtest.Dial(t, ssh, "alice").Play(t, 80, 24)
	alice.WaitFor(t, "space click")
	alice.Type(t, " ")
	waitFor(`"total":1,`)
	const each = 50
	for range each - 1 {
		open(t, front, "/events", "127.0.0.5")
	}
	if status := open(t, front, "/events", "127.0.0.5").StatusCode; status != http.StatusServiceUnavailable {
		t.Errorf("reader %d from one address: status %d", each+1, status)
	}
	if status := open(t, front, "/events", "127.0.0.6").StatusCode; status != http.StatusOK {
		t.Errorf("a reader from another address: status %d", status)
	}
}

// open asks for a page as a browser at an address of this machine does.
func open(t *testing.T, addr, path, from string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sshtest.Patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "play.example.org"
	r.Header.Set("X-Forwarded-For", "198.51.100.7") // which nobody may believe
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	answer, err := (&http.Transport{DialContext: dialer.DialContext}).RoundTrip(r)
	if err != nil {
		return &http.Response{Body: http.NoBody}
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// ask is open and returns the whole answer; the status is 0 if there is none.
func ask(t *testing.T, addr, path, from string) (status int, body string) {
	t.Helper()
	answer := open(t, addr, path, from)
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, ""
	}
	return answer.StatusCode, string(text)
}
