#!/bin/sh
# Makes both lock files again from pyproject.toml: plain pins with hashes, no index in them. Needs uv (pip install uv).
set -eu
cd "$(dirname "$0")/.."
options="--all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet"
# shellcheck disable=SC2086 - the options are words
uv pip compile pyproject.toml $options --group build -o requirements.lock
uv pip compile pyproject.toml $options --group dev -o requirements-dev.lock
