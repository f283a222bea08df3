LINT = go tool -modfile=.tools/go.mod golangci-lint

# What make bench plays: how often, and with how many players.
COUNT ?= 6
PLAYERS ?= 500
STOCK_PLAYERS ?= 100

.PHONY: run test lint fmt fuzz bench golden pictures

run: ## play on this machine
	go run ./cmd/clickky

test: ## everything that must hold before a change lands
	.ci/install
	go mod verify
	.ci/vulncheck
	$(MAKE) lint
	CLICKKY_REQUIRE_DB=1 go test -race ./...
	go test ./tui ./server/terminal # what a frame allocates, which the race detector hides

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

bench: ## what a frame costs, step by step and beside other servers; for benchstat
	@go test -run '^$$' -bench '^BenchmarkFrame' -count $(COUNT) ./sync/ledger ./tui ./server/terminal
	@go test -run '^$$' -bench '^BenchmarkServers' -count $(COUNT) -timeout 0 ./server/loadtest -players $(PLAYERS) -stock-players $(STOCK_PLAYERS)

golden: ## accept the screens, answers and the page of a test as they are now
	go test ./tui ./server/commands ./cmd/clickky/manual -update

pictures: ## draw the pictures of the documentation again
	go run ./cmd/screenshot -all docs
