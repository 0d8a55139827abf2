# The two commands of a newcomer are `make demo` and `make test`. Needed: Python 3.11 or 3.12, git, make.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo serve ask test lint format lock lock-check serve-docs dashboard benchmark clean

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
TORCH := $(shell sed -n 's/^\(torch==[0-9.]*\).*/\1/p' constraints.txt)
CPU_INDEX := https://download.pytorch.org/whl/cpu
# ZenML reports usage unless it is told not to.
export ZENML_ANALYTICS_OPT_IN ?= false

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(READY) ## Create .venv with the locked versions

# torch comes first: without a GPU its CPU build saves gigabytes. Where the index of CPU builds cannot be
# reached, the ordinary index has to do.
$(READY): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] not in {(3, 11), (3, 12)})' || \
	  { echo "Python 3.11 or 3.12 is needed, found: $$($(PYTHON) --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv (a few minutes the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@if command -v nvidia-smi >/dev/null || [ "$$(uname)" = Darwin ]; then \
	  $(BIN)/pip install --quiet "$(TORCH)"; \
	else \
	  $(BIN)/pip install --quiet --index-url $(CPU_INDEX) --retries 1 --timeout 10 "$(TORCH)" 2>/dev/null \
	  || $(BIN)/pip install --quiet "$(TORCH)"; \
	fi
	@$(BIN)/pip install --quiet --constraint constraints.txt --group dev --editable '.[aws,browser,dashboard,datasets,files,tracing,train]'
	@touch $(READY)

demo: $(READY) ## Crawl this project and its docs, index both, answer a question with citations
	@$(BIN)/python -m tools.demo

ask: $(READY) ## Ask what was indexed: make ask Q="your question"
	@$(BIN)/python -m tools.rag $(if $(Q),--query "$(Q)")

serve: $(READY) ## Serve the twin: a page to ask on, a JSON interface, one for OpenAI's clients
	@$(BIN)/python -m tools.ml_service

test: $(READY) ## Run the whole test suite
	@$(BIN)/poe test

lint: $(READY) ## Check style, types, layers, spelling, and the files for Docker and GitHub
	@$(BIN)/poe lint-check && $(BIN)/poe format-check

format: $(READY) ## Mend style and format
	@$(BIN)/poe lint-fix && $(BIN)/poe format-fix

lock: ## Lock the newest allowed versions (needs Poetry with its export plugin)
	poetry lock
	# pip refuses a package that is pinned twice where both markers hold, as those of some of NVIDIA's do.
	poetry export --format constraints.txt --without-hashes --all-groups --all-extras \
	  | awk -F'==' '!/^nvidia-/ || !seen[$$1]++' > constraints.txt

lock-check: $(READY) ## Check that constraints.txt is what poetry.lock says
	@$(BIN)/python -m pytest tests/unit/test_project.py -k constraints

serve-docs: $(READY) ## Serve the documentation at the address that the demo crawled
	@$(BIN)/python -m tools.docs_site

dashboard: $(READY) ## Open the ZenML dashboard with runs, artifacts and their figures
	@$(BIN)/zenml login --local

benchmark: $(READY) ## Measure the feature pipeline beside a naive loop, and the crawl beside Scrapy
	@$(BIN)/python -m benchmarks.feature_pipeline
	@$(BIN)/python -m benchmarks.crawl

clean: ## Delete .venv and caches; data/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
