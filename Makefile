# Works with GNU make 3.81 (what macOS ships) and newer, and with any POSIX shell.

VENV ?= .venv
BIN := $(VENV)/bin

# The first Python that is new enough, unless one is named: make demo PYTHON=/path/to/python3.12
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; done; echo python3)
endif

# One test process for each core, and a file's tests stay together with the servers they start.
PYTEST_FLAGS ?= -n auto --dist loadfile
# Which tests, -x, -k and so on: make test ARGS='tests/test_house.py -x'
ARGS ?=
# After this no further long test is started.
LONG_SECONDS ?= 3000
# How many blocks of each generated series.
XGRAPH_LONG_BLOCKS ?= 1

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test test-long test-soak bench lint format golden notebooks venv clean check-python system-packages

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed  ## install into .venv and walk through the sample organization
	@XGRAPH=$(BIN)/xgraph sh examples/demo.sh

test: system-packages lint  ## every suite with bounded examples, after lint and types
	$(BIN)/pytest $(PYTEST_FLAGS) $(ARGS)

test-long: system-packages $(VENV)/.installed-dev  ## many generated examples, large organizations (all of them: XGRAPH_LONG_BLOCKS=200)
	XGRAPH_LONG_BLOCKS=$(XGRAPH_LONG_BLOCKS) $(BIN)/pytest $(PYTEST_FLAGS) -m long --session-timeout=$(LONG_SECONDS) $(ARGS)

test-soak: system-packages $(VENV)/.installed-dev  ## series of faults, databases
	XGRAPH_LONG_BLOCKS=$(XGRAPH_LONG_BLOCKS) $(BIN)/pytest $(PYTEST_FLAGS) -m soak $(ARGS)

bench: $(VENV)/.installed-dev  ## measure load, build, paths, single decisions, collecting, Neo4j and pictures
	$(BIN)/python benchmarks/run.py $(ARGS)
	$(BIN)/python benchmarks/collecting.py --out benchmarks/COLLECTING.md
	$(BIN)/python benchmarks/graphdb.py --no-access --import-tool --out benchmarks/GRAPHDB.md
	$(BIN)/python benchmarks/pictures.py --out benchmarks/PICTURES.md

lint: $(VENV)/.installed-dev  ## ruff, mypy, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

golden: $(VENV)/.installed-dev  ## refresh the golden files; the diff is what gets reviewed
	$(BIN)/pytest --refresh-golden $(ARGS)

notebooks: $(VENV)/.installed-dev  ## run the notebooks and write them with their outputs
	$(BIN)/python notebooks/build.py $(ARGS)

venv: $(VENV)/.installed-dev  ## .venv with everything needed to work on xgraph

clean:  ## remove .venv, builds and caches
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second run installs nothing unless pyproject.toml has changed, and a working .venv is kept: `make clean` before
# changing to another Python.

$(VENV)/.installed: pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		$(MAKE) --no-print-directory check-python && echo "$(PYTHON) -m venv --clear $(VENV)" && $(PYTHON) -m venv --clear $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "xgraph needs Python 3.11 or newer and \`$(PYTHON)\` is not: install one, or name the one you have, as in: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "\`$(PYTHON)\` can't make a virtual environment with pip in it: install its venv package (Debian and Ubuntu: apt-get install python3-venv), then run this again" >&2; exit 1; }

# What the suites need from the system: Python's venv, which Debian packages apart, Node.js with npm for the evaluator that the engine
# is compared with, Maven with a JDK for the Neo4j server that the graph
# is loaded into, and a browser with its driver for pictures. Without the last three their tests fail, and all others still run.
system-packages:
	@missing=; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	{ command -v node && command -v npm; } >/dev/null 2>&1 || missing="$$missing nodejs npm"; \
	{ command -v mvn && command -v javac; } >/dev/null 2>&1 || missing="$$missing maven openjdk-17-jdk-headless"; \
	{ command -v chromium && command -v chromedriver; } >/dev/null 2>&1 || missing="$$missing chromium chromium-driver fonts-dejavu-core"; \
	if [ -n "$$missing" ]; then \
		if [ -e /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes $$missing; \
		else echo "some suites need these packages (Debian and Ubuntu: apt-get install$$missing)" >&2; fi; fi
