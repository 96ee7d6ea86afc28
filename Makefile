# Everything a newcomer needs; the environment is made by itself. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help up test check storm bench judges lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

up: $(VENV)/run.stamp ## Run Rancak on this machine; options: ARGS="--ephemeral --port 9000"
	@$(BIN)/rancak up $(ARGS)

test: $(VENV)/dev.stamp ## Run the whole suite on servers of its own; options for pytest in ARGS
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/dev.stamp ## Lint, format, types, architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy services shared deploy tests bench
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -n 0 tests/architecture

storm: $(VENV)/dev.stamp ## Kill processes at random, with ten seeds
	@RANCAK_SEEDS=10 $(BIN)/python -m pytest -n 0 -s tests/system/test_kills.py $(ARGS)

bench: $(VENV)/dev.stamp ## Measure the claims; options: ARGS="--only end-to-end --seconds 15 --json"
	@$(BIN)/python -m bench $(ARGS)

judges: $(VENV)/dev.stamp ## Let the public AsyncAPI parser (npm) read our documents
	@cd tests/contracts/asyncapi && npm ci --silent --no-audit --no-fund
	@for service in intake scoring notify; do \
		$(BIN)/rancak asyncapi $$service | node tests/contracts/asyncapi/validate.mjs $$service || exit 1; \
	done

lock: ## Lock the dependencies again (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 -q \
		pyproject.toml --extra embedded -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 -q \
		pyproject.toml --extra embedded --extra dev --extra bench -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment and caches (not the data in .rancak)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Rancak needs Python 3.11 or newer; call: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python lacks venv; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@test -e $(VENV)/dev.stamp || $(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
