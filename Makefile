# Needs Python 3.11 or newer, git and make. Every target prepares the environment by itself.
#   make demo [SERVE=0] [SIZE=s|m|l|xl] [SEED=7]    make test [TIER=fast|db|flow]    make lint
#   make lock      make format     make clean      make clean-data     make bench-environment

SIZE ?= s
SEED ?= 7
SERVE ?= 1
TIER ?=

BIN := .venv/bin
UV := $(BIN)/uv pip
UV_VERSION := 0.13.9
# The environment is as old as the lock it was made from.
READY := .venv/ready-$(shell cat requirements.txt pyproject.toml | cksum | tr ' ' -)
# dbt compiles what is linted; it reads no data, but its profile wants to know where data would be.
LINT_PATHS := $(foreach v,WAREHOUSE CLEAN_DIR RAW_DIR FEEDS_DIR,DMS_$(v)=$(CURDIR)/dbt_project/target/lint-$(v))
PYTHON_FILES := apps benchmarks forecasting models operational_api pipelines tests

# Each test process has a server of its own; on a given server they would change one another's roles.
SIDE_BY_SIDE := $(if $(DMS_TEST_DATABASE_URL),,--numprocesses auto --maxprocesses 4 --dist loadgroup)

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint format lock environment bench-environment clean clean-data
.DEFAULT_GOAL := demo

demo: $(READY)
	$(BIN)/dms demo --size $(SIZE) --seed $(SEED) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: $(READY)
	$(if $(filter fast db,$(TIER)),,-@bash tests/install-chromium)
	$(BIN)/pytest $(SIDE_BY_SIDE) $(if $(TIER),-m $(TIER))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONWARNINGS=ignore $(LINT_PATHS) $(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/pytest -q tests/test_imports.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)
	$(UV) compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev --quiet --output-file requirements.txt pyproject.toml
	$(UV) compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraint requirements.txt --quiet --output-file benchmarks/requirements.txt benchmarks/requirements.in
	$(MAKE) environment

environment: $(READY)

# Peers that `dms bench forecast` measures against; no part of the product and not in its lock.
bench-environment: $(READY)
	$(UV) install --quiet --python $(BIN)/python --requirement benchmarks/requirements.txt

$(READY):
	@python=; for try in python3 python3.12 python3.11 python3.13; do \
		if $$try -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$try; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "No Python 3.11 or newer with venv on PATH. On Debian: apt-get install python3 python3-venv" >&2; \
		exit 1; fi; \
	if ! $(BIN)/python -c '' 2>/dev/null; then echo "Environment: .venv from $$python"; $$python -m venv --clear .venv; fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action ignore uv==$(UV_VERSION)
	@$(UV) sync --quiet --compile-bytecode --python $(BIN)/python requirements.txt
	@$(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@rm -f .venv/ready-*
	@touch $@

clean:
	rm -rf .venv dms.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
	find $(wildcard $(PYTHON_FILES)) -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: $(READY)
	$(BIN)/dms reset --yes
