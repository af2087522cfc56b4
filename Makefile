# Tilde. `make run` and `make test` set up what they need; `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := .venv/.environment
DEV_ENVIRONMENT := .venv/.dev-environment

.DEFAULT_GOAL := help
.PHONY: help setup run test check fast docs lock bench kafka kafka-stop clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(ENVIRONMENT) ## .venv with the console script `tilde` in it

$(ENVIRONMENT): requirements.lock pyproject.toml
	@echo "Setting up .venv: one to two minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(DEV_ENVIRONMENT): $(ENVIRONMENT) requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(ENVIRONMENT) ## everything on this machine, on port 8000
	$(BIN)/tilde up

test: check ## everything: checks, then the tests, the fast ones first
	$(BIN)/python -m pytest tests/unit tests/properties tests/architecture tests/golden -q --no-cov
	$(BIN)/python -m pytest tests -q

check: $(DEV_ENVIRONMENT) ## format, lint, types, architecture (under a minute)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

fast: $(DEV_ENVIRONMENT) ## the tests that need nothing but Python (seconds)
	$(BIN)/python -m pytest tests/unit tests/properties tests/architecture -q --no-cov

docs: $(DEV_ENVIRONMENT) ## make the generated pages again
	$(BIN)/python -m tools.docs

lock: ## make the lock files again from pyproject.toml (needs uv)
	tools/lock.sh

bench: $(DEV_ENVIRONMENT) ## all benchmarks, as one table
	$(BIN)/python -m bench

kafka: ## a real Apache Kafka on 127.0.0.1:9092 (Java 17, Maven)
	deploy/kafka/kafka.sh start

kafka-stop: ## stop it
	deploy/kafka/kafka.sh stop

clean: ## remove what was made, not your data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist deploy/kafka/lib
