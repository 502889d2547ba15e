#!/bin/sh
# Writes the hashed locks anew; they name no index, so any registry that has the files will do.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-header --no-annotate "$@"; }
compile pyproject.toml --extra infra --extra local --extra ml --extra dev -o requirements/dev.txt
compile pyproject.toml --extra ml -c requirements/dev.txt -o requirements/runtime.txt
compile requirements/layer.in -c requirements/dev.txt -o requirements/layer.txt
compile requirements/bootstrap.in -c requirements/dev.txt -o requirements/bootstrap.txt
compile requirements/lambda-runtime.in -c requirements/dev.txt -o requirements/lambda-runtime.txt
compile requirements/oracles.in -c requirements/dev.txt -o requirements/oracles.txt
