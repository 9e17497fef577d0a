# Everything from a clone: `make run`. Only Python 3.11 or newer and make are needed.
.DEFAULT_GOAL := help
.PHONY: help run test lint setup peers bench

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.locked
PEERS := $(VENV)/.peers
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "make %-6s %s\n", $$1, $$2 }'

run: setup ## start the whole laboratory and print its address; Ctrl-C stops it
	@exec $(BIN)/python manage.py lab $(ARGS)

test: setup ## run all tests, the ones in a browser included; ARGS="tests/engine" runs some
	@$(BIN)/python tests/chromium.py
	@$(BIN)/python -m tests.whole $(ARGS)

lint: setup ## check style, formatting, types and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet

setup: $(READY) ## only make the environment, from the locked versions

peers: $(PEERS) ## add the libraries that the engine is compared with: JAX and PyTorch

bench: peers ## measure training and sweeps beside their peers, the way to the page, and from a file to a dataset
	@$(BIN)/python -m benchmarks.training $(ARGS)
	@$(BIN)/python -m benchmarks.live $(filter --quick,$(ARGS))
	@$(BIN)/python -m benchmarks.sweep $(filter --quick,$(ARGS))
	@$(BIN)/python -m benchmarks.ingest $(filter --quick,$(ARGS))

# uv comes from pip once, and stays because it is one of the locked packages. What is compiled here need not be by
# every process, where Python is told to write no bytecode
$(READY): uv.lock pyproject.toml | $(BIN)/python
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv sync --frozen --quiet --compile-bytecode --python $(BIN)/python
	@rm -f $(PEERS)
	@touch $@

# PyTorch is not locked: its wheels differ from machine to machine by what they compute on
$(PEERS): $(READY)
	@$(BIN)/uv sync --frozen --quiet --inexact --group bench --python $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Hone needs Python 3.11 or newer, and found no python3 on the PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Hone needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Making the environment in $(VENV); the first time takes a minute or two."
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python could not make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
