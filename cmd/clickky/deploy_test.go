//go:build !race

package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"clickky/cmd/clickky/sshtest"
	"clickky/sync/cluster/natstest"
	"clickky/sync/store/mysql/mariadbtest"
)

// readFile reads a file of the repository.
func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exported are the names of the series of a server that was played on, as they stand
// in expressions, by the name of their metric.
func exported(t *testing.T) map[string]string {
	t.Helper()
	p := start(t, t.TempDir(), "--http", "127.0.0.1:0", "--web", "127.0.0.1:0", "--db", mariadbtest.New(t).URL, "--nats", natstest.Start(t, 1).URL())
	at := p.web(t)
	play(t, p, "alice").Type(t, " ")
	sshtest.Eventually(t, "the click counts", func() bool { return scrape(t, at)["clickky_clicks_total"] == 1 })
	names := map[string]string{}
	for name, family := range families(t, at) {
		names[name] = name
		switch family.GetType() {
		case dto.MetricType_HISTOGRAM:
			names[name+"_bucket"] = name
			fallthrough
		case dto.MetricType_SUMMARY:
			names[name+"_sum"], names[name+"_count"] = name, name
		default:
		}
	}
	p.terminate(t)
	return names
}

// metricName is how metrics of a server are called in an expression.
var metricName = regexp.MustCompile(`\b(?:clickky|go|process)_\w+`)

// expressions are those of the dashboard, wherever in it.
func expressions(v any) (found []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			text, isText := inner.(string)
			if isText && (key == "expr" || key == "query") {
				found = append(found, text)
			}
			found = append(found, expressions(inner)...)
		}
	case []any:
		for _, inner := range v {
			found = append(found, expressions(inner)...)
		}
	}
	return found
}

// TestMetricsMatchDashboardAlertsAndDocuments checks that the metrics in use exist, and that
// the documents have all metrics.
func TestMetricsMatchDashboardAlertsAndDocuments(t *testing.T) {
	t.Parallel()
	names := exported(t)
	var dashboard any
	if err := json.Unmarshal([]byte(readFile(t, "deploy", "grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	alerts := readFile(t, "deploy", "alerts.yml")
	for what, text := range map[string]string{
		"the dashboard": strings.Join(expressions(dashboard), "\n"),
		"alerts.yml":    alerts,
	} {
		used := metricName.FindAllString(text, -1)
		if len(used) < 10 {
			t.Errorf("%s uses only %v", what, used)
		}
		for _, name := range used {
			if names[name] == "" {
				t.Errorf("%s uses %s, which no server has", what, name)
			}
		}
	}

	documents := readFile(t, "docs", "observability.md")
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(clickky_\\w+)` \\|").FindAllStringSubmatch(documents, -1) {
		documented[row[1]] = true
	}
	for _, metric := range slices.Sorted(maps.Values(names)) {
		if strings.HasPrefix(metric, "clickky_") && !documented[metric] {
			t.Errorf("docs/observability.md does not tell what %s is", metric)
		}
	}
	for metric := range documented {
		if names[metric] != metric {
			t.Errorf("docs/observability.md tells what %s is, which no server has", metric)
		}
	}
	for _, alert := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(alerts, -1) {
		if !strings.Contains(documents, "`"+alert[1]+"`") {
			t.Errorf("docs/observability.md does not tell what to do about %s", alert[1])
		}
	}
	if !strings.Contains(readFile(t, "deploy", "prometheus.yml"), "- alerts.yml") {
		t.Error("prometheus.yml does not load the alerts")
	}
}
