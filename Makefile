# Everything starts from Python >= 3.11, make and a package index; `make` alone lists what there is.
# Another interpreter: make demo PYTHON=/path/to/python3.12

SHELL  := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
            $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

demo: $(VENV)/core ## install, then learn item vectors from MovieLens 100k and ask them
	@$(BIN)/nearfield demo && echo "make demo: done" || { echo "make demo: FAILED, see above"; exit 1; }

test: $(VENV)/test ## lint, then all tests
	@{ $(MAKE) --no-print-directory lint && $(BIN)/pytest -n $(JOBS); } \
	  && echo "make test: lint and tests passed" || { echo "make test: FAILED, see above"; exit 1; }

lint: $(VENV)/test ## formatting, style, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/test ## run every script in benchmarks/ in full (hours)
	@$(PIP) install --editable '.[bench]'
	@$(BIN)/python -m venv .venv-sasrec && .venv-sasrec/bin/pip install --quiet 'rectools==0.19.0' pytorch-lightning 'torch==2.13.0'
	@for script in benchmarks/[a-z]*.py; do echo "$$script"; $(BIN)/python $$script all || exit 1; done

clean: ## remove what make and the tests made
	rm -rf $(VENV) .venv-sasrec build dist nearfield-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# stamps: the installation is made again when pyproject.toml changes
$(VENV)/core: pyproject.toml | $(BIN)/pip
	@echo "installing nearfield and what it needs into $(VENV)"
	@$(PIP) install --editable '.[logs]' && touch $@

$(VENV)/test: pyproject.toml | $(BIN)/pip
	@echo "installing nearfield with its tests' tools and peers into $(VENV)"
	@$(PIP) install --editable '.[test]' && touch $@ $(VENV)/core

# pip is the last thing that venv puts there: where it is missing, the environment is absent or half made
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found; install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is no Python >= 3.11; name another: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) \
	  || { rm -rf $(VENV); echo "$(PYTHON) cannot make $(VENV); install its venv module (Debian: apt install python3-venv)"; exit 1; }
