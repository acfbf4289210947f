# Everything a user needs: Python 3.11 to 3.13 and make. Run `make` alone for the list.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
OPEN_PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

# A file's tests stay on one worker, which makes the file's own books once.
# What pytest makes of the tests' files is kept, whatever the environment says: it costs each worker half a minute.
TESTS := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help open book lab docs test test-long test-quick check mutants benchmark lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

book: .venv/ready ## build the book; prints where it lies
	@$(BIN)/hai build

open: .venv/ready ## open the page that leads from a table of patients to the finished report
	@$(BIN)/hai open

lab: .venv/ready ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

docs: .venv/ready ## write the reference of the functions to _build/docs
	$(BIN)/sphinx-build -q -W -b html docs/reference _build/docs
	@echo "_build/docs/index.html"

test: .venv/ready-dev check ## check the code and run the tests, on all cores
	$(TESTS) -m "not long"

test-long: .venv/ready-dev ## run what takes long by nature: many seeds, many builds
	$(TESTS) -m long

test-quick: .venv/ready-dev ## run the tests without those of whole books and of the browser
	$(TESTS) -m "not slow" --ignore tests/browser

check: .venv/ready-dev ## types, lint, spelling, notebooks without outputs
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/nbstripout --verify notebooks/*.ipynb

mutants: .venv/ready-dev ## plant each of the known faults in turn and see a test fail
	$(BIN)/python -m tests.mutants.run

benchmark: .venv/ready-dev ## time the build and the statistics
	$(BIN)/python benchmarks/run.py

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras -c requirements.lock -q -o requirements-dev.lock

clean: ## remove what was built and the environment
	rm -rf _build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The lock is installed with hashes; the package itself in a second step, without the network.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed; $(PYTHON) is another. Try: make PYTHON=python3.12 $(or $(MAKECMDGOALS),book)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Setting up .venv (about a minute, once)"
	$(OPEN_PIP) install --require-hashes -r requirements.lock
	$(OPEN_PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(OPEN_PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
