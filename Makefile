# make run    the studies on the house models: report/, then on the twins of these, compared with the committed findings
# make test   every test and check
# make lab    JupyterLab on the studies
# make clean  away with everything that these have made
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

# Modules are compiled once, where they are first imported.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lab clean

run: $(INSTALLED)
	$(BIN)/interp-kit run
	$(BIN)/python tools/findings.py --twins

test: $(INSTALLED)
	$(BIN)/python tools/check.py

lab: $(INSTALLED)
	$(BIN)/jupyter lab nbs/studies

clean:
	rm -rf .venv report build dist _proc _docs interp_kit.egg-info

# Newer than the files that say what to install: a second call installs nothing.
$(INSTALLED): settings.ini setup.py pyproject.toml constraints.txt
	@test -x $(BIN)/pip || command -v $(PYTHON) >/dev/null || \
	  { echo "interp_kit needs Python 3.11 or newer, and '$(PYTHON)' was not found: name one with 'make PYTHON=/path/to/python3.11'."; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "interp_kit needs Python 3.11 or newer, and '$(PYTHON)' is older: name one with 'make PYTHON=python3.11'."; exit 1; }
	@test -x $(BIN)/pip || echo "Installing into .venv: once, a few minutes."
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --no-compile -c constraints.txt -e ".[dev]"
	@touch $@
