# Targets of a checkout. On a fresh Debian machine `make run` and `make test` install what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# On Debian 12 this is the interpreter that the package ships; another one in PATH may differ.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes --no-deps
PORT ?= 34600
BIND ?= 127.0.0.1
SECONDS ?= 3600
SUITE ?= bookworm
SMOKE ?= -m smoke
WHOLE ?=
QUICK ?=
# Tests mostly wait, so more of them run at once than there are cores.
WORKERS ?= 6
# On a busy machine a wait can time out once; a test that fails each time is broken.
RERUNS ?= 0
PARALLEL = -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --reruns $(RERUNS)
# Node and npm come from PyPI, so they are the same on every system.
NODE := .cache/node/bin/node
export PATH := $(CURDIR)/.cache/node/bin:$(PATH)
# Container images set it; each of hundreds of processes would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# Scripts are recognized by their first line; the folders left out contain third-party code.
SCRIPTS = $$(find . \( -name .git -o -name .venv -o -name .cache -o -name node_modules -o -name build -o -name dist \) -prune \
	-o -type f -exec awk 'FNR == 1 && /^\#!.*\/(env )?(ba|da)?sh/ { print FILENAME } { nextfile }' {} +)
PHP = $$(find emhttp tests/webgui \( -name "*.php" -o -name "*.page" \))
UPLOT := emhttp/dashboard/uplot/uplot.js
PAGE := emhttp/dashboard/built/uma-dashboard.js
PAGE_SOURCES = $(wildcard emhttp/dashboard/*.js emhttp/dashboard/panels/*.js emhttp/dashboard/fleet/*.js emhttp/dashboard/*.css)
JAVASCRIPT_TESTS = $$(find tests emhttp -name node_modules -prune -o -name '*.test.js' -print)

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^## ---- / { printf "\n%s\n", substr($$0, 9) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@printf '%s\n' '' 'Variables' \
		'  PORT=34601           make run and make demo; 34600 without it' \
		'  BIND=0.0.0.0         make run and make demo, for other machines, too' \
		'  PYTHON=python3.13    the Python of .venv; $(PYTHON) without it' \
		'  WORKERS=4            make test: tests at once' \
		'  SUITE=trixie         make fresh; bookworm without it' \
		'  WHOLE=1              make fresh: all of make test' \
		'  QUICK=1              make bench: up to three minutes, no figures' \
		'  VERSION=2026.11.23a  make package; the version of the sources without it' \
		'  SECONDS=600          make soak; 3600 without it' \
		'  CASES=5000000        make fuzz; a million without it'

## ---- Set up: the others do this themselves

# A .venv of another Python, or of a checkout that was moved or copied here, is rebuilt.
VENV_IS_STALE := $(shell identity='import sys; print(sys.base_prefix, *sys.version_info[:3])'; \
	[ -x .venv/bin/python ] && { [ "$$(.venv/bin/python -c "$$identity" 2>&1)" != "$$($(PYTHON) -c "$$identity" 2>&1)" ] || \
	[[ "$$(sed -n 's/^command = //p' .venv/pyvenv.cfg)" != *" $$(pwd -P)/.venv" ]]; } && echo .venv/is-stale)
.PHONY: .venv/is-stale

NEW_VENV = $(PYTHON) -m venv --clear --without-pip $(1) && $(1)/bin/python packaging/unpack_pip.py

# Node is downloaded while pip works.
.PHONY: setup
setup: .venv/bin/python ## Make .venv, with the daemon in it as .venv/bin/uma
	@$(MAKE) --no-print-directory --silent $(if $(filter -j%,$(MAKEFLAGS)),,-j2) .venv/installed $(PAGE)

.venv/bin/python: $(VENV_IS_STALE)
	@PYTHON=$(PYTHON) tests/setup.sh source/apt-packages.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "UMA needs Python 3.11 or newer; name one that is installed: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Making .venv of $$($(PYTHON) -V)."
	@$(call NEW_VENV,.venv)

.venv/installed: .venv/bin/python source/requirements.lock packaging/link_checkout.sh
	@echo "Installing what UMA imports from PyPI (6 MB)."
	@$(PIP) --no-compile -r source/requirements.lock $(CALMLY) || $(NO_PYPI)
	@packaging/link_checkout.sh .venv
	@touch $@

# Without a network, pip repeats a page of warnings that do not name the cause.
CALMLY = 2> >(grep -v '^WARNING: Retrying' >&2)
NO_PYPI = { echo "PyPI can't be reached (is there a network?), or lacks what is named above." \
	"Run make again later: what is installed stays." >&2; exit 1; }

$(NODE): source/requirements-node.lock packaging/unpack_node.py | .venv/bin/python
	@echo "Fetching Node and npm from PyPI (61 MB), for the dashboard's charts and the tests."
	@packaging/fetch_node.sh .cache/node $(BIN)/python -m pip

# Without it the page has no charts; the next make tries again.
$(UPLOT): source/package-lock.json packaging/unpack_npm.py | .venv/bin/python
	@{ $(MAKE) --no-print-directory $(NODE) && PYTHON=$(BIN)/python packaging/fetch_page.sh $(@D) .cache/esbuild; } || \
		echo "uPlot and esbuild can't be downloaded: the dashboard has no charts for now." >&2

# Without it browsers load the page's modules one by one.
$(PAGE): $(PAGE_SOURCES) packaging/bundle_page.sh | $(UPLOT)
	@if [ -x .cache/esbuild ]; then packaging/bundle_page.sh .cache/esbuild emhttp $(@D); fi

.venv/installed-tests: .venv/installed tests/requirements.lock source/requirements-build.lock
	@echo "Installing what the tests import from PyPI (115 MB)."
	@$(PIP) -r source/requirements-build.lock -r tests/requirements.lock $(CALMLY) || $(NO_PYPI)
	@touch $@

tests/node_modules/installed: tests/package.json tests/package-lock.json | $(NODE)
	@echo "Installing what the tests' Node clients and linters need from npm (160 MB on disk)."
	@cd tests && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: home-assistant
home-assistant: programs .cache/home-assistant/installed ## Home Assistant 2026.10.4, for its tests

# Without Python 3.14 the tests are skipped, with the reason.
.cache/home-assistant/installed: integrations/home-assistant/requirements.lock integrations/home-assistant/make-environment.sh | .venv/installed-tests
	@status=0; integrations/home-assistant/make-environment.sh .cache/home-assistant || status=$$?; \
	case $$status in 0) touch $@ ;; 75) ;; *) exit $$status ;; esac

# While tests run, nothing is written to a folder that others copy.
.PHONY: compiled
compiled: .venv/installed-tests
	@$(BIN)/python -m compileall -q -o 0 -o 2 source/uma

.PHONY: programs
programs:
	@tests/setup.sh tests/apt-packages.txt

## ---- Run

PORT_IS_FREE = case "$(PORT)" in "" | 0* | *[!0-9]* | ??????*) false ;; *) [ "$(PORT)" -le 65535 ] ;; esac || \
	{ echo "PORT is a number from 1 to 65535, not '$(PORT)'." >&2; exit 2; }; \
	if (: </dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null; then \
		echo "Port $(PORT) is taken (ss -tanp names the program). Another one: make $@ PORT=$$(($(PORT) + 1))" >&2; exit 3; fi

# Explain a network chart of zeros.
NETWORK_IS_THERE = compgen -G '/sys/class/net/*/device' >/dev/null || \
	echo "Network: no physical interface here, as in a container, so the network chart stays at 0 bps."

.PHONY: run
run: setup ## Serve this machine; off Unraid, with a demo array
	@$(PORT_IS_FREE)
	@if [ -d /var/local/emhttp ]; then \
		echo "Array: this Unraid server's own (/var/local/emhttp)."; \
		set -- ; \
	else \
		echo "Array: the project's own demo/tower, since this is not an Unraid server."; \
		echo "Virtual machines, UPS, network, sensors and GPUs, and containers without a Docker here: recorded."; \
		set -- --demo --root demo/tower --docker-socket /var/run/docker.sock; \
	fi; \
	echo "System: this machine's own (/proc). Docker: this machine's own, where it has one (/var/run/docker.sock)."; \
	$(NETWORK_IS_THERE); \
	echo "Dashboard: $$(demo/address.sh '$(BIND)' $(PORT))"; \
	exec $(BIN)/uma serve --bind '$(BIND)' --port $(PORT) "$$@"

.PHONY: demo
demo: setup ## The same, with a parity check and disks that spin down
	@$(PORT_IS_FREE)
	@$(NETWORK_IS_THERE); exec demo/run.sh $(PORT) '$(BIND)'

.PHONY: bench
bench: programs .venv/installed-tests tests/node_modules/installed $(PAGE) ## Measure UMA and its peers; write benchmarks/README.md
	$(if $(QUICK),,PYTHON=$(PYTHON) benchmarks/peers.sh .cache/peers)
	$(BIN)/python benchmarks $(if $(QUICK),--quick,--write)

## ---- Make

.PHONY: package
package: ## The package for Unraid in dist/, on Debian 12
	./pkg_build.sh $(VERSION)

.PHONY: release
release: programs .venv/installed-tests ## The package and uma.plg, built again and verified
	packaging/release.sh

## ---- Check

.PHONY: test
test: programs .venv/installed-tests ## Every check, as CI runs it; whole logs are in .cache/test
	@tests/parts.sh lint+types contract javascript suite+pythons

.PHONY: smoke
smoke: programs .venv/installed-tests ## The unit tests, and one test of each other kind
	@tests/parts.sh lint+types contract javascript smoke-tests

.PHONY: smoke-tests
smoke-tests: compiled tests/node_modules/installed $(PAGE) home-assistant
	@$(BIN)/pytest $(PARALLEL) $(SMOKE)

.PHONY: fresh
fresh: ## `make run` and `make smoke` in a pristine Debian of SUITE
	@PYTHON=$(PYTHON) tests/fresh/fresh.sh $(SUITE) $(WHOLE)

.PHONY: first-run
first-run: ## Time and downloads of `make run` in a pristine Debian
	@PYTHON=$(PYTHON) tests/fresh/fresh.sh $(SUITE) first-run

.PHONY: lint
lint: programs .venv/installed-tests tests/node_modules/installed $(PAGE) ## ruff, shellcheck, php -l, php-codesniffer, biome, tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	shellcheck $(SCRIPTS)
	cd tests && node_modules/.bin/biome lint --error-on-warnings --log-level=warn ../emhttp js browser
	cd tests && node_modules/.bin/tsc --project tsconfig.json
	@for file in $(PHP); do php -n -l "$$file" >/dev/null || exit 1; done
	@if command -v phpcs >/dev/null; then phpcs --standard=PSR12 --extensions=php,page $(PHP); \
		else echo "Skipped: PHP's style, since Debian has php-codesniffer up to 12 only."; fi

.PHONY: types
types: .venv/installed-tests ## mypy --strict
	$(BIN)/mypy
	$(BIN)/mypy packaging

.PHONY: contract
contract: .venv/installed-tests ## Check the import rules
	$(BIN)/lint-imports

.PHONY: unit
unit: .venv/installed-tests ## The tests that need nothing but Python
	$(BIN)/pytest tests/unit

.PHONY: pythons this-python python3.13 python3.14
pythons: programs compiled ## The same, and under Debian's newest Python
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target this-python python3.14

# Each is one process, and they run side by side: workers of one run would import every test once each.
this-python:
	@$(BIN)/pytest -p no:cacheprovider tests/unit -q --reruns $(RERUNS)
python3.13:
	@tests/debian/units.sh trixie $@ -q --reruns $(RERUNS)
python3.14:
	@tests/debian/units.sh forky $@ -q --reruns $(RERUNS)

.PHONY: integration
integration: programs compiled tests/node_modules/installed $(PAGE) home-assistant ## The tests with real parts: dockerd, Chromium and more
	$(BIN)/pytest --ignore tests/unit

.PHONY: soak-page
soak-page: programs .venv/installed-tests tests/node_modules/installed $(PAGE) ## The dashboard under 200 Docker events a minute
	UMA_SOAK_MINUTES=10 $(BIN)/pytest -s tests/integration/test_dashboard_soak.py

.PHONY: suite
suite: programs compiled tests/node_modules/installed $(PAGE) home-assistant ## As `make integration`, several at once
	$(BIN)/pytest $(PARALLEL) --ignore tests/unit

.PHONY: coverage
coverage: programs compiled tests/node_modules/installed $(PAGE) home-assistant ## All Python tests' branch coverage, in .cache/coverage.txt
	@rm -f .coverage .coverage.*; mkdir -p .cache
	@status=0; $(BIN)/coverage run -m pytest $(PARALLEL) || status=$$?; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report >.cache/coverage.txt; \
	echo "Branches taken: $$(tail -n 1 .cache/coverage.txt | grep -o '[0-9]*%$$'), each in .cache/coverage.txt"; \
	exit $$status

.PHONY: soak
soak: .venv/installed-tests ## 300 clients that come and go for an hour
	UMA_SOAK_SECONDS=$(SECONDS) $(BIN)/pytest -s tests/integration/test_soak.py

.PHONY: nightly
nightly: programs .venv/installed-tests fuzz soak coverage ## Long tests: the soak, a million fuzz cases, kills
	UMA_NIGHTLY=1 UMA_CAPACITY_SECONDS=60 $(BIN)/pytest tests/integration/test_faults_*.py tests/package/test_faults.py \
		tests/integration/test_capacity.py
	$(MAKE) --no-print-directory fresh SUITE=trixie WHOLE=1

.PHONY: fuzz
fuzz: .venv/installed-tests ## Fuzz every untrusted input with 1,000,000 random cases
	$(BIN)/python -m tests.fuzz $(CASES)

.PHONY: javascript
javascript: $(NODE) ## The tests of the page's own modules
	@found=$(JAVASCRIPT_TESTS); if [ -n "$$found" ]; then $(NODE) --test $$found; fi

## ---- Look after

.PHONY: generate
generate: .venv/installed-tests ## Write the generated documents and golden files
	$(BIN)/pytest -q tests/test_generated_pages.py tests/test_manual.py tests/unit/wire/test_openapi.py tests/unit/wire/test_asyncapi.py --update-golden
	$(BIN)/pytest -q tests/integration/test_endpoints.py --update-golden

.PHONY: lock
lock: $(NODE) ## Update the *.lock files from the *.in files
	$(call NEW_VENV,.cache/lock)
	.cache/lock/bin/python -m pip install --quiet uv==0.13.9
	for name in source/requirements source/requirements-build source/requirements-node tests/requirements benchmarks/glances; do \
		.cache/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-config --no-header \
			--no-emit-index-url $$name.in --output-file $$name.lock || exit 1; \
	done
	cd integrations/home-assistant && ../../.cache/lock/bin/uv pip compile --quiet --upgrade --python-version 3.14.2 --generate-hashes \
		--no-config --no-header --no-emit-index-url --excludes excludes.txt requirements.in --output-file requirements.lock
	for folder in source tests; do \
		(cd $$folder && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund) || exit 1; \
	done

.PHONY: audit
audit: ## Check dependencies for known vulnerabilities
	@$(call NEW_VENV,.cache/audit)
	@.cache/audit/bin/python -m pip --disable-pip-version-check install --quiet --quiet pip-audit==2.10.1
	@.cache/audit/bin/pip-audit --requirement source/requirements.lock --require-hashes --disable-pip \
		--progress-spinner off --format json >.cache/audit/report.json 2>.cache/audit/log || true
	@$(PYTHON) packaging/audit.py .cache/audit/report.json

.PHONY: clean
clean: ## Remove generated files
	rm -rf .venv .cache build dist source/*.egg-info tests/node_modules emhttp/dashboard/uplot emhttp/dashboard/built .coverage .coverage.* \
		.mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
