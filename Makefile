LINT = go tool -modfile=.tools/go.mod golangci-lint

.PHONY: run test lint fmt fuzz golden pictures

run: ## play on this machine
	go run ./cmd/clickky

test: ## everything that must hold before a change lands
	.ci/install
	$(MAKE) lint
	CLICKKY_REQUIRE_DB=1 go test -race ./...

lint:
	go mod tidy -diff
	$(LINT) run ./...

fmt:
	$(LINT) fmt ./...

fuzz: ## a minute for each fuzz target
	@go list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r pkg dir; do \
		grep -hos '^func Fuzz[A-Za-z0-9]*' "$$dir"/*_test.go | cut -c6- | while read -r target; do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime 60s "$$pkg" || exit 1; \
		done || exit 1; \
	done

golden: ## accept the screens as they are drawn now
	go test ./tui -update

pictures: ## draw the pictures of the README again
	go run ./cmd/screenshot -o docs/screen.svg
	go run ./cmd/screenshot -view leaderboard -o docs/leaderboard.svg
