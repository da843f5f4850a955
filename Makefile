# make demo   sets up what it needs and plays a home, a gateway and a centre on this machine
# make test   sets up what it needs and runs the tests
# make check  style, types, and the hardening of the units
# make bench  measures this machine's gateway, what its serial ports cost, and how long a rehearsal takes
# make fuzz   looks for bytes that break a codec, five minutes each (FUZZ=60 for one; CORPUS=frames.jsonl.gz)
# make golden writes what the rules decide on simulated weeks anew, after a change that is meant (git diff shows it)
# make faults kills each program twenty times under load (about ten minutes; KILLS=50 for more)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: demo test check bench fuzz golden faults parts units catalogues

demo: $(VENV)/.installed
	@$(BIN)/shouwang demo

test: $(VENV)/.dev parts
	$(BIN)/python -m pytest

check: $(VENV)/.dev units
	.ci/catalogues --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev parts
	$(BIN)/python benchmarks/gateway.py
	$(BIN)/python benchmarks/serial_port.py
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python benchmarks/rehearsal.py

FUZZ ?= 300

fuzz: $(VENV)/.dev
	@.ci/pip $(PYTHON) $(VENV) --quiet --editable '.[fuzz]'
	$(BIN)/python benchmarks/fuzz.py --seconds $(FUZZ) $(if $(CORPUS),--corpus $(CORPUS))

golden: $(VENV)/.dev
	SHOUWANG_GOLDEN=accept $(BIN)/python -m pytest tests/golden

KILLS ?= 20

faults: $(VENV)/.dev parts
	SHOUWANG_KILLS=$(KILLS) $(BIN)/python -m pytest tests/faults -s

# The two kinds of environment; a second run finds it there and does nothing.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "installing Shouwang into $(VENV) (about a minute, once)"
	@.ci/pip $(PYTHON) $(VENV) --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@.ci/pip $(PYTHON) $(VENV) --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shouwang needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

# Debian's own programs, against which the tests run.
parts:
	@.ci/parts

# How much of the machine the services may touch, by systemd's own measure.
units:
	@.ci/units

# Django's translations: .po is what people write, .mo is what is read.
catalogues:
	@.ci/catalogues
