# Tilde. `make run` and `make test` set up what they need; `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := .venv/.environment
DEV_ENVIRONMENT := .venv/.dev-environment
UV := .uv/bin/python tools/uv.py
# In so many processes; a file stays in one of them, since its tests share a store, a broker or a Tilde.
TEST_PROCESSES ?= 4
# With what is compiled kept, or each process would rewrite the plugins of pytest again, two seconds of a processor.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder
FAST := tests/unit tests/properties tests/architecture
SLOW := tests/faults tests/e2e tests/contract tests/integration tests/golden tests/clients tests/fuzz

.DEFAULT_GOAL := help
.PHONY: help setup run test check fast docs schemas scripts lock images lock-check bench kafka kafka-stop clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(ENVIRONMENT) ## .venv with the console script `tilde` in it

# uv, which installs what is locked; by its own hash, by the pip that comes with Python.
.uv/bin/uv: tools/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Tilde needs Python 3.11, which $(PYTHON) is not; say which one is: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv --clear .uv || \
	    { echo "$(PYTHON) has no venv: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@PIP_USER=0 .uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/uv.lock
	@touch $@

define install
	@echo "Setting up .venv from $(1)."
	@$(BIN)/python -c '' 2>/dev/null || $(UV) venv --quiet --clear --python $(PYTHON) .venv
	@rm -f $(ENVIRONMENT) $(DEV_ENVIRONMENT)
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python $(1)
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
endef

$(ENVIRONMENT): requirements.lock pyproject.toml | .uv/bin/uv
	$(call install,requirements.lock)
	@touch $@

$(DEV_ENVIRONMENT): requirements.lock requirements-dev.lock pyproject.toml | .uv/bin/uv
	$(call install,requirements-dev.lock)
	@touch $(ENVIRONMENT) $@

run: $(ENVIRONMENT) ## everything on this machine, on port 8000
	$(BIN)/tilde up

test: check ## everything: checks, then the tests, the fast ones first, each once
	$(PYTEST) $(FAST) $(SLOW) --durations=15

check: $(DEV_ENVIRONMENT) ## format, lint, types, architecture (under a minute)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

fast: $(DEV_ENVIRONMENT) ## the tests that need nothing but Python (seconds)
	$(PYTEST) $(FAST)

docs: $(DEV_ENVIRONMENT) ## make the generated pages again
	$(BIN)/python -m tools.docs

schemas: $(DEV_ENVIRONMENT) ## write the versions of generated schemas that are due
	$(BIN)/python -m tools.schemas

scripts: ## make the files that pages load of their sources again (needs npm)
	$(PYTHON) -m tools.scripts

lock: | .uv/bin/uv ## make the lock files again from pyproject.toml
	.uv/bin/python -m tools.locks

lock-check: | .uv/bin/uv ## install the locks into empty environments, with uv and with the oldest pip
	.uv/bin/python -m tools.locks --check

images: ## write the digests of the images that we build on and run anew (needs docker)
	$(PYTHON) -m tools.images

bench: $(DEV_ENVIRONMENT) ## all benchmarks, as one table
	$(BIN)/python -m bench

kafka: ## a real Apache Kafka on 127.0.0.1:9092 (Java 17, Maven)
	deploy/kafka/kafka.sh start

kafka-stop: ## stop it
	deploy/kafka/kafka.sh stop

clean: ## remove what was made, not your data
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist deploy/kafka/lib
