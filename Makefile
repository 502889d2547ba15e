# The two commands of a newcomer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ORACLES := $(VENV)/.oracles
# Waiting threads sleep: jobs, functions and tests share the machine's cores.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test check synth up down deploy destroy lock clean

demo: $(STAMP)
	$(BIN)/penstock demo $(ARGS)

test: $(ORACLES)
	$(BIN)/python -m pytest tests/unit tests/contract tests/integration --numprocesses 2 --dist loadfile --quiet
	$(BIN)/python -m pytest tests/infrastructure tests/end_to_end --quiet

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m stacks.check

synth: $(STAMP)
	$(BIN)/python -m stacks.synth

up: $(STAMP)
	$(BIN)/penstock up

down: $(STAMP)
	$(BIN)/penstock down

deploy: $(STAMP)
	$(BIN)/python -m stacks.cdk deploy --all $(ARGS)

destroy: $(STAMP)
	$(BIN)/python -m stacks.cdk destroy --all $(ARGS)

lock: $(STAMP)
	PATH="$(CURDIR)/$(BIN):$$PATH" requirements/lock.sh

clean:
	rm -rf $(VENV) cdk.out build

# Everything is installed from hashed locks; nothing is done when neither lock nor project changed.
$(STAMP): requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $(STAMP)

# What tests alone need on top.
$(ORACLES): $(STAMP) requirements/oracles.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/oracles.txt
	touch $(ORACLES)
