# The commands of this repo. `make demo` and `make test` need Python 3.11 or later, pip and make.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# One more than there are processors: tests of the installed orch mostly wait.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check bench causes replay golden oracle simulator schemas axe screenshots clean

demo: $(VENV)/.demo
	PATH="$(CURDIR)/$(BIN):$$PATH" orch sandbox exec -- orch run --instance i-0d176f4a5f9738429

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/bench.py

causes: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python tests/e2e/print_causes.py

replay: $(VENV)/.dev
	PYTHONPATH=tests:tests/sandbox/attached $(BIN)/python tests/sandbox/attached/print_replay.py

oracle: $(VENV)/.dev simulator
	PYTHONPATH=tests $(BIN)/python tests/oracle/iam_comparison.py $(or $(PAIRS),50000) --seed $(or $(SEED),0)

simulator:
	npm install --prefix tests/oracle --no-package-lock --no-audit --no-fund --silent

# Files that are read, and no code of theirs that is run.
schemas:
	npm install --prefix tests/schemas --no-package-lock --no-audit --no-fund --silent --ignore-scripts --legacy-peer-deps

axe:
	npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent

screenshots: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python tests/browser/screenshots.py docs

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/*/node_modules

$(VENV)/.demo: pyproject.toml constraints.txt
	@echo "making a virtual environment in $(VENV) and installing orch with its sandbox (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "orch needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -e '.[sandbox]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@echo "making a virtual environment in $(VENV) and installing what the tests need (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "orch needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -e '.[sandbox,dev]'
	@touch $@ $(VENV)/.demo
