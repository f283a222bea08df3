package cluster_test

import (
	"strings"
	"testing"

	"clickky/sync/cluster"
	"clickky/sync/cluster/natstest"
	"clickky/sync/finding"
	"clickky/sync/finding/findingtest"
)

func TestExamineChecksEachServer(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 3)
	servers.Stop(1)
	wrong := strings.Replace(servers.URL(2), natstest.Password, "guessed-"+natstest.Password, 1)
	var r finding.Report
	nc := cluster.Examine(cluster.Config{URL: servers.URL(0, 1) + ", " + wrong}, &r)
	if nc == nil {
		t.Fatal("none can be used")
	}
	nc.Close()
	if len(r) < 3 {
		t.Fatalf("3 were tried: %+v", r)
	}
	findingtest.Judged(t, "who runs", r[0], finding.OK, " answers: n1, version ", "")
	findingtest.Judged(t, "who runs", r[0], finding.OK, ", in the cluster test (connected in ", "")
	if strings.Contains(r[0].Text, "version ,") || strings.Contains(r[0].Text, "in 0s") {
		t.Errorf("who runs: %+v", r[0])
	}
	findingtest.Judged(t, "who does not run", r[1], finding.Warning, "doesn't answer", "start it")
	findingtest.Judged(t, "who does not know us", r[2], finding.Problem, "rejects this user", "--nats-password-file")
	findingtest.Judged(t, "encryption", r[len(r)-1], finding.OK, "not used", "")
	for _, one := range r {
		if strings.Contains(one.Text, natstest.Password) {
			t.Errorf("the password is told: %+v", one)
		}
	}
}
