# The commands of this project. Everything is built outside the checkout: where infra/setup/target-dir.sh says.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check bench faults shots api web clean

LOTSE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lotse
export LOTSE_CACHE
ifndef CARGO_TARGET_DIR
CARGO_TARGET_DIR := $(shell infra/setup/target-dir.sh)
endif
export CARGO_TARGET_DIR
export PATH := $(LOTSE_CACHE)/tools/bin:$(HOME)/.cargo/bin:$(PATH)

help: ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: ## a whole town hall on this machine, with nothing else needed: make demo ARGS=--fresh
	@echo 'Lotse demo'
	@infra/setup/check-tools.sh
	@infra/web.sh
	@echo '  building lotse (the first time takes some minutes)'
	@cargo build --locked --profile demo -p lotse
	@# Names of ours that are no settings of Lotse would be refused by it.
	@exec env -u LOTSE_CACHE -u LOTSE_LOGS "$$CARGO_TARGET_DIR/demo/lotse" demo $(ARGS)

test: ## everything that is checked, with a closing summary
	@infra/test.sh

check: ## the quick half of make test: formatting, lints, documentation, licences
	@infra/setup/check-tools.sh
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --quiet
	@infra/deny.sh
	@if command -v cargo-machete >/dev/null; then cargo machete; else echo 'cargo machete: not installed, unused dependencies not looked for'; fi

bench: ## the figures of this machine, one line each: name value unit target ok|short
	@infra/setup/check-tools.sh >&2
	@infra/setup/test-tools.sh >&2
	@infra/bench.sh $(ARGS)

faults: ## everything that may break, again and again (hours); make faults ARGS='--keep FOLDER' goes on where it was, '--soak 1440 f29' soaks for a day
	@infra/setup/check-tools.sh
	@infra/setup/test-tools.sh
	@infra/faults.sh $(ARGS)

shots: ## a picture of every page into ./shots
	@infra/setup/check-tools.sh
	@infra/setup/test-tools.sh
	@infra/shots.sh $(ARGS)

api: ## backend/openapi.json and the front ends' types, out of the code
	@infra/api.sh

web: ## the front ends into mobile/dist
	@infra/setup/check-tools.sh
	@infra/web.sh

clean: ## what was built here; the demo's data stay
	cargo clean
	rm -rf mobile/dist mobile/node_modules shots "$(LOTSE_CACHE)/logs"
