# make run     the console, on this machine's own database
# make demo    the console, on a throw-away contract with sample people
# make test    every test        make check   lint, format, types, imports
# make lock    resolve the dependencies anew, with hashes

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-input
SOURCES := core data tui cli

.PHONY: run demo test check bench pictures lock format clean

run: $(VENV)/installed
	@$(BIN)/bartizan

demo: $(VENV)/installed
	@$(BIN)/bartizan demo

test: $(VENV)/installed-dev
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/installed-dev
	@$(BIN)/python -m bench.first_paint
	@$(BIN)/python -m bench.login_rate
	@$(BIN)/python -m bench.enumeration
	@$(BIN)/python -m bench.wire

pictures: $(VENV)/installed-dev
	@$(BIN)/python -m bench.pictures

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Bartizan needs Python 3.11 or newer; name one with: make PYTHON=python3.12 run" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making the virtual environment (once)…"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/pip
	@echo "Installing the locked packages…"
	@$(INSTALL) --require-hashes --compile -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q $(SOURCES)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing the locked tools for tests and checks…"
	@$(INSTALL) --require-hashes --compile -r requirements-dev.lock
	@touch $@

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build
