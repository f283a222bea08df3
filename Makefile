# Whatever the race detector does not watch is compiled as a release is, which the tests of
# deploy need, so that linters and tests compile it only once.
RELEASED = CGO_ENABLED=0 GOFLAGS="$$(go env GOFLAGS) -trimpath"
LINT = $(RELEASED) go tool -modfile=.tools/go.mod golangci-lint

# The linters have vetted everything before, and what the race detector watches need not wait
# for a second at its end.
TEST = CLICKKY_REQUIRE_DB=1 GORACE=atexit_sleep_ms=0 go test -vet=off

# SQLite and its C library are C that was translated to Go. The race detector knows nothing of C's
# memory, and makes SQLite ten times as slow.
RACE = -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

# The tests of cmd/clickky start servers, and measure what they promise in milliseconds. So they
# run as a release does, without the tests of other packages beside them, but many at once, for
# most of them wait. Then the race detector, which needs twice the time, watches those in files
# that have no build constraint !race.

# Other packages that have goroutines. They wait more than they compute, so that more of them
# run at once than there are cores. The race detector allocates: packages that count what a
# frame allocates run without it. So do those that have tests in files with that constraint.
WATCHED = $$(go list ./cmd/... ./server/... ./sync/... | grep -v 'cmd/clickky$$')
UNWATCHED = ./sync/store/mysql ./deploy ./sync/live ./docs ./tui/... ./server/terminal

# What make bench plays: how often, and with how many players.
COUNT ?= 6
PLAYERS ?= 500
STOCK_PLAYERS ?= 100

# What make bench-cluster plays, as in FLEET='-players 1000 -clickers 30 -for 30s'.
FLEET ?=

# Where make install puts things; DESTDIR stands before all of it, for packagers.
PREFIX ?= /usr/local
DESTDIR ?=
SHARE = $(DESTDIR)$(PREFIX)/share
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
GORELEASER = go tool -modfile=.tools/release/go.mod goreleaser

.PHONY: run test test-mysql lint fmt fuzz bench bench-cluster golden pictures build share install uninstall release-check

run: ## play on this machine
	go run ./cmd/clickky

test: ## everything that must hold before a change lands
	.ci/install
	go mod verify
	$(RELEASED) .ci/vulncheck
	$(MAKE) lint
	$(RELEASED) $(TEST) -parallel 12 ./cmd/clickky
	$(TEST) $(RACE) ./cmd/clickky
	$(TEST) $(RACE) -p 3 -parallel 4 $(WATCHED)
	$(RELEASED) $(TEST) -p 2 -parallel 4 $(UNWATCHED)

test-mysql: ## those that use a database on MySQL, see .ci/test-mysql
	.ci/test-mysql

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
	@go test -run '^$$' -bench '^BenchmarkServers' -count $(COUNT) -timeout 0 ./cmd/clickky/loadtest -players $(PLAYERS) -stock-players $(STOCK_PLAYERS)

bench-cluster: ## one server alone, and one, two and three that play one game
	go test -run '^$$' -bench '^BenchmarkFleet' -benchtime 1x -timeout 0 ./cmd/clickky $(FLEET)

golden: ## accept the screens, answers and the page of a test as they are now
	go test ./tui ./tui/admin ./server/commands ./cmd/clickky/manual -update

pictures: ## draw the pictures of the documentation again
	go run ./cmd/screenshot -all docs

build: ## bin/clickky, as it is released
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags='-s -w' -o bin/clickky ./cmd/clickky

share: build ## its man page and completions, in bin/share
	mkdir -p bin/share
	bin/clickky man >bin/share/clickky.1
	gzip -9nkf bin/share/clickky.1
	for shell in bash zsh fish; do bin/clickky completion $$shell >bin/share/clickky.$$shell || exit 1; done

install: share ## on this machine; on Linux with systemd's units
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install -m 0755 bin/clickky $(DESTDIR)$(PREFIX)/bin/clickky
	install -m 0644 bin/share/clickky.1 $(SHARE)/man/man1/clickky.1
	install -m 0644 bin/share/clickky.bash $(SHARE)/bash-completion/completions/clickky
	install -m 0644 bin/share/clickky.zsh $(SHARE)/zsh/site-functions/_clickky
	install -m 0644 bin/share/clickky.fish $(SHARE)/fish/vendor_completions.d/clickky.fish
	if [ "$$(uname)" = Linux ]; then \
		install -d $(UNITS) $(DESTDIR)/etc/clickky && \
		sed 's|/usr/bin/clickky|$(PREFIX)/bin/clickky|' deploy/clickky.service >bin/share/clickky.service && \
		install -m 0644 bin/share/clickky.service deploy/clickky.socket $(UNITS); \
	fi
	if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

uninstall: ## but for data and settings
	-if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable --now clickky.socket clickky.service; fi
	rm -f $(DESTDIR)$(PREFIX)/bin/clickky $(SHARE)/man/man1/clickky.1 $(SHARE)/bash-completion/completions/clickky \
		$(SHARE)/zsh/site-functions/_clickky $(SHARE)/fish/vendor_completions.d/clickky.fish \
		$(UNITS)/clickky.service $(UNITS)/clickky.socket

release-check: ## builds all that a release has, in dist, and looks into it; takes minutes
	$(GORELEASER) check
	$(GORELEASER) release --snapshot --clean --parallelism 2
	CLICKKY_RELEASE=$(CURDIR)/dist go test ./deploy -run TestRelease -count 1 -v
