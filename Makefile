# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME ?= demo-home
WORKERS ?= 2
# The tests of one file share what they build, so a file is never split over the processes.
PYTEST := $(BIN)/pytest --dist loadfile
READY := $(VENV)/.ready
# Hundreds of processes import the same modules: whoever forbids Python to keep them compiled pays with half of the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check claims unit prove mutants bench vendors docs format clean

# What is never imported need not be compiled; the rest is, when it first is. Three processes fetch what is pinned, and then
# one sees to it that all is there.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	xargs -P 3 -n 28 $(PIP) --no-deps <constraints.txt || true
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## the sample athlete: import, plan, morning, week, pages
	PACEWRIGHT_HOME=$(DEMO_HOME) $(BIN)/pacewright demo

# Claims and tests get one process more than there are cores: many of them wait for a server or a clock.
test: $(READY) ## everything that must hold before a change is committed
	@$(MAKE) --no-print-directory --jobs $$(($(WORKERS) + 1)) check claims
	$(PYTEST) --numprocesses $$(($(WORKERS) + 1)) --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes $(WORKERS) dbt_project

# Each large claim with a size and a seed; the longest come first, so that none of them is left for the end.
CLAIMS := signals/1/17 archive/1/19 silence/2/18 morning-kill/1/17 import-kill/3/11 sync-faults/2/15 merge/2/16 \
	reps/2/16 odd-files/12/20 readiness/16/21 token-safety/2/14 plans/300/12 decoder-fuzz/2000/14

claims: $(addprefix claim/,$(CLAIMS)) ## each large claim at a small size

claim/%: $(READY)
	@$(BIN)/python -m tests.prove $(word 1,$(subst /, ,$*)) --n $(word 2,$(subst /, ,$*)) --seed $(word 3,$(subst /, ,$*))

unit: $(READY) ## the tests of three minutes, for while one works
	$(PYTEST) -m "not slow" --numprocesses $(WORKERS)

N ?= 3
SEED ?= 1
prove: $(READY) ## make prove WHAT=import-kill N=20 SEED=7
	@$(BIN)/python -m tests.prove $(WHAT) --n $(N) --seed $(SEED)

bench: $(READY) ## make bench WHAT=import
	@$(BIN)/python -m tests.benchmarks $(WHAT)

mutants: $(READY) ## make mutants WHAT=guardrails N=30 SEED=1: small defects planted one at a time; what the tests notice
	@$(BIN)/python -m tests.mutants $(WHAT) --n $(N) --seed $(SEED)

vendors: $(READY) ## fake vendors on this machine, to try signing in and syncing
	@$(BIN)/python -m tests.servers

docs: $(READY) ## every model, column and test as one page: build/docs/index.html
	@$(BIN)/python -m flows.docs build/docs

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project

clean:
	rm -rf $(VENV) $(DEMO_HOME) build *.egg-info
