package cluster_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"clickky/sync/cluster"
	"clickky/sync/cluster/natstest"
)

func TestTryChecksEachServer(t *testing.T) {
	t.Parallel()
	servers := natstest.Start(t, 3)
	servers.Stop(1)
	wrong := strings.Replace(servers.URL(2), natstest.Password, "guessed-"+natstest.Password, 1)
	tried := cluster.Try(cluster.Config{URL: servers.URL(0, 1) + ", " + wrong})
	if len(tried) != 3 {
		t.Fatalf("%d were tried, want 3", len(tried))
	}
	if one := tried[0]; one.Err != nil || one.Name != "n1" || one.Cluster != "test" || one.Version == "" || one.TLS != "" || one.Took <= 0 {
		t.Errorf("who runs: %+v", one)
	}
	if !errors.Is(tried[1].Err, nats.ErrNoServers) || !errors.Is(tried[2].Err, nats.ErrAuthorization) {
		t.Errorf("who does not run: %v; who does not know us: %v", tried[1].Err, tried[2].Err)
	}
	for _, one := range tried {
		if strings.Contains(one.Server, natstest.Password) || one.Err != nil && strings.Contains(one.Err.Error(), natstest.Password) {
			t.Errorf("the password is told: %+v", one)
		}
	}
}
