# Backtrail. `make run` starts the demo; `make test` is everything that CI runs.

SHELL   := bash
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LISTEN  ?= 127.0.0.1:8080

.PHONY: run build assets test bench fmt golden clean

run: build ## build it and start the demo
	bin/backtrail demo --listen $(LISTEN)

build: assets ## one static binary in bin/
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/backtrail ./cmd/backtrail

assets: ## the browser libraries, from npm by lockfile, into web/static/vendor
	@internal/scripts/assets.sh

test: ## format, static checks, all tests
	@internal/scripts/test.sh

bench: build ## the figures of docs/performance.md
	bin/backtrail bench

fmt:
	go fmt ./...

golden: ## rewrite the golden files after an intended change of the API or the catalog
	go test ./api -run Golden -update
	go test ./modules -run Document -update

clean:
	rm -rf bin web/node_modules
	find web/static/vendor -type f ! -name .gitkeep -delete
