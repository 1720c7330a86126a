# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME ?= demo-home
WORKERS ?= 2
READY := $(VENV)/.ready

.PHONY: demo test check claims unit slow prove bench vendors docs format clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## the sample athlete: import, plan, morning, week, pages
	PACEWRIGHT_HOME=$(DEMO_HOME) $(BIN)/pacewright demo

test: check claims unit slow ## everything that must hold before a change is committed

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt_project

claims: $(READY) ## each large claim at a small size
	$(BIN)/python -m tests.prove import-kill --n 2 --seed 11
	$(BIN)/python -m tests.prove plans --n 300 --seed 12
	$(BIN)/python -m tests.prove morning-kill --n 2 --seed 13
	$(BIN)/python -m tests.prove signals --n 2 --seed 17
	$(BIN)/python -m tests.prove silence --n 2 --seed 18
	$(BIN)/python -m tests.prove archive --n 2 --seed 19
	$(BIN)/python -m tests.prove decoder-fuzz --n 2000 --seed 14
	$(BIN)/python -m tests.prove sync-faults --n 2 --seed 15
	$(BIN)/python -m tests.prove token-safety --n 2 --seed 14
	$(BIN)/python -m tests.prove reps --n 2 --seed 16
	$(BIN)/python -m tests.prove merge --n 2 --seed 16

# The tests of one file share what they build, so a file is never split over the processes.
unit: $(READY)
	$(BIN)/pytest -m "not slow" --numprocesses $(WORKERS) --dist loadfile

slow: $(READY)
	$(BIN)/pytest -m slow --numprocesses $(WORKERS) --dist loadfile

N ?= 3
SEED ?= 1
prove: $(READY) ## make prove WHAT=import-kill N=20 SEED=7
	@$(BIN)/python -m tests.prove $(WHAT) --n $(N) --seed $(SEED)

bench: $(READY) ## make bench WHAT=import
	@$(BIN)/python -m tests.benchmarks $(WHAT)

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
