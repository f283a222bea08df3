package deploy

import (
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflowTestsBeforeRelease compares the workflow with .ci/run, and with the release that
// make release-check builds.
func TestWorkflowTestsBeforeRelease(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Needs string
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, ".github/workflows/ci.yml"))), &workflow); err != nil {
		t.Fatal(err)
	}
	commands := func(job string) string {
		var all []string
		for _, step := range workflow.Jobs[job].Steps {
			all = append(all, step.Run)
		}
		return strings.Join(all, "\n")
	}
	if !strings.Contains(commands("test"), "bash .ci/run") {
		t.Errorf("the tests are %q", commands("test"))
	}
	if workflow.Jobs["release"].Needs != "test" || !strings.Contains(commands("release"), "-modfile=.tools/release/go.mod goreleaser release") {
		t.Errorf("the release is %+v", workflow.Jobs["release"])
	}
}
