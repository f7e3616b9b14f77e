# The two main commands: `make run` runs the whole program on this machine, `make check` runs all
# checks before a merge.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help setup build run smoke test cover check simulate bench cost checkov format lint types \
  imports generate generated template texts screenshots lock clean
.DEFAULT_GOAL := help

help: ## List all targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' \
	  | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.ready ## Install every pinned package into .venv

.venv/.ready: requirements/dev.txt requirements/uv.txt pyproject.toml
	@echo "Setting up .venv (about half a minute the first time) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

RUNTIME_PYTHON ?=
build: setup ## Build with SAM, without Docker; with bytecode if there is a Python 3.13
	@$(BIN)/sam build --template template.yaml --build-dir .aws-sam/build
	@$(BIN)/python -m infra.release --python "$(RUNTIME_PYTHON)"

run: setup ## Run the whole program on this machine, until Ctrl-C
	@$(BIN)/python -m infra.local.run

smoke: setup ## Take one referral from link to credit on the local cloud, then stop
	@$(BIN)/python -m infra.local.smoke

# One worker for each core; tests/conftest.py says which tests share one.
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --no-loadscope-reorder --durations=10

test: setup ## Run the tests for every change, 4 minutes; ARGS="-k credit" selects from all tests
	@$(PYTEST) $(or $(ARGS),--quiet -m "not long")

cover: setup ## Check that the tests of domain, messages and steps reach every branch
	@out=$$($(BIN)/python -m pytest -q tests/domain tests/messages tests/steps \
	  --cov=goodword.domain --cov=goodword.messages --cov=goodword.steps \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100 2>&1) || { echo "$$out"; exit 1; }

check: export HOSTILE_INPUTS := 100000
check: export STORM_REFERRALS := 100
check: export SCHEDULES := 24000
# `cover` ran the tests of domain and steps. Journeys have deadlines, so they run alone.
check: format lint types imports generated template checkov cover ## Run all checks, 45 minutes
	@$(PYTEST) --quiet -m "not journey" --ignore=tests/domain --ignore=tests/steps
	@$(BIN)/python -m pytest --quiet --durations=10 -m journey tests/journeys

SEEDS ?= 24000
simulate: setup ## Run random schedules of the money protocol; SEEDS=100000 for more
	@PYTHONPATH=layers/core $(BIN)/python -m tests.simulation 1 $(SEEDS)

bench: setup ## Compare the cost of clicks, webhooks and lists with their goals; needs valgrind
	@$(BIN)/python -m infra.bench "$(RUNTIME_PYTHON)"

cost: setup ## Compute the costs from the template, counts and list prices, for docs/costs.md
	@$(BIN)/python -m infra.cost

size: setup ## Print modules and imports of each folder, the longest module and function
	@$(BIN)/python -m infra.size

format: setup ## Check the format
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }

lint: setup ## Check the style
	@$(BIN)/ruff check --quiet .

types: setup ## Check the types, strictly
	@$(BIN)/mypy functions layers/core/goodword infra

imports: setup ## Check the import rules
	@$(BIN)/lint-imports --config pyproject.toml --no-cache

generate: setup ## Generate files from the tables, infra/access.yaml and infra/alarms.yaml
	@$(BIN)/python -m infra.generate

generated: setup ## Check that generated files are not stale
	@$(BIN)/python -m infra.generate --check

template: setup ## Check the templates
	@$(BIN)/cfn-lint

checkov: setup .venv-checkov/.ready ## Check the templates, as SAM transforms them, with checkov
	@$(BIN)/python -m infra.local.translate .local/checkov/good template.yaml \
	  infra/generated/tables.yaml infra/generated/alarms.yaml infra/generated/roles.yaml
	@$(BIN)/python -m infra.local.translate .local/checkov/bad tests/infra/bad-template.yaml
	@.venv-checkov/bin/checkov --quiet --compact -d .local/checkov/good
	@! .venv-checkov/bin/checkov -d .local/checkov/bad >/dev/null || \
	  { echo "checkov finds nothing wrong with the bad template"; exit 1; }

.venv-checkov/.ready: requirements/checkov.txt | setup
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-checkov
	@$(BIN)/uv pip install --quiet --python .venv-checkov/bin/python --require-hashes \
	  -r requirements/checkov.txt
	@touch $@

screenshots: setup ## Take a picture of every page and mail for docs/screenshots.md
	@$(BIN)/python -m infra.local.gallery

texts: setup ## Collect the texts for people into the catalogues, and compile them
	@$(BIN)/python -m infra.local.texts

UPGRADE ?=
lock: setup ## Pin what the .in files changed, with hashes; UPGRADE=--upgrade for every package
	@cd requirements && for name in uv dev checkov; do \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header $(UPGRADE) $$name.in -o $$name.txt; done
	@cd requirements && for name in core stripe pages; do \
	  ../$(BIN)/uv pip compile --quiet --python-version 3.13 \
	    --python-platform aarch64-unknown-linux-gnu --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header -c dev.txt $$name.in -o $$name.txt; done

clean: ## Remove everything that was built here
	@rm -rf .venv .venv-checkov .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .coverage *.egg-info
