# Everything a user or a developer does. All of it works in a fresh clone with python3, make and git.
.PHONY: setup demo test browser soak focus-check check format bench bench-autoets translations screenshots lock clean

PYTHON ?= python3
VENV := .venv
FOCUS := .focus
AUTOETS := .autoets
# What the validator of FOCUS runs on: pyenv's 3.12 where there is one, else what uv finds or fetches.
FOCUS_PYTHON ?= $(or $(lastword $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python)),3.12)
STAMP := $(VENV)/.installed
DEMO := demo-data
# Whether `make demo` ends by serving the dashboard: on a terminal it does, otherwise not; SERVE= never does, SERVE=yes always.
SERVE ?= terminal
PORT ?= 8501

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Keyspend needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@$(VENV)/bin/keyspend --data-dir $(DEMO) import sample_exports
	@echo; echo "What each key cost in the latest complete month:"
	@$(VENV)/bin/keyspend --data-dir $(DEMO) report spend-by-key --month latest
	@echo "The data directory is $(abspath $(DEMO)). Next:"
	@echo "  export KEYSPEND_DATA_DIR=$(abspath $(DEMO))"
	@echo "  $(VENV)/bin/keyspend reports"
	@echo "  $(VENV)/bin/keyspend report reconciliation --month 2026-07"
	@echo "  $(VENV)/bin/keyspend dashboard"
	@case "$(SERVE)" in "") exit;; terminal) test -t 1 || exit 0;; esac; echo; \
	  exec $(VENV)/bin/keyspend --data-dir $(DEMO) dashboard --port $(PORT)

test: browser
	$(VENV)/bin/python -m pytest -m "not slow" -n auto --dist loadfile

# The tests of the dashboard drive a real browser: one that is here, else Debian's, else Playwright's own.
browser: $(STAMP)
	@$(VENV)/bin/python -m tests.browser.chromium

soak: $(STAMP)
	$(VENV)/bin/python -m pytest -m slow --timeout 3600

# The official validator of FOCUS needs Python 3.12 and libraries older than ours: it has an environment of its own.
focus-check: $(STAMP) $(FOCUS)/.installed
	$(VENV)/bin/python -m tests.support.focus_check $(FOCUS)

$(FOCUS)/.installed: Makefile
	$(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet --upgrade uv
	@.tools/bin/uv venv --quiet --clear --python $(FOCUS_PYTHON) $(FOCUS) || { echo "The validator needs Python 3.12: make focus-check FOCUS_PYTHON=/path/to/python3.12"; exit 1; }
	.tools/bin/uv pip install --quiet --python $(FOCUS)/bin/python 'focus-validator==2.2.1' 'pyarrow<22'
	@touch $@

check: $(STAMP)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(STAMP)
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

bench: $(STAMP)
	$(VENV)/bin/python benchmarks/run.py

# AutoETS beside our forecast: statsforecast wants a pandas older than ours, and so has an environment of its own. Ten minutes.
bench-autoets: $(STAMP) $(AUTOETS)/.installed
	$(VENV)/bin/python benchmarks/labelled.py --count 10 --autoets $(AUTOETS)/bin/python

$(AUTOETS)/.installed: Makefile
	$(PYTHON) -m venv --clear $(AUTOETS)
	$(AUTOETS)/bin/python -m pip install --quiet --disable-pip-version-check 'statsforecast==2.1.1'
	@touch $@

# Finds the dashboard's texts in the code, adds new ones to every catalogue and drops those that are gone.
translations: $(STAMP)
	$(VENV)/bin/pybabel --quiet extract --no-location --omit-header --sort-output -k _ -k N_ -k message -o $(VENV)/keyspend.pot app.py analytics
	$(VENV)/bin/pybabel --quiet update --omit-header --no-fuzzy-matching --ignore-obsolete --no-wrap -D keyspend -i $(VENV)/keyspend.pot -d analytics/dashboard/i18n/locale

# The README's pictures.
screenshots: browser
	$(VENV)/bin/python -m tests.browser.screenshots

# The lock is uv's, written out with hashes and without the addresses that a uv.lock would fix.
lock:
	$(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet --upgrade uv
	.tools/bin/uv lock --upgrade
	.tools/bin/uv export --quiet --format requirements-txt --all-groups --no-emit-project --no-header --output-file requirements.lock

clean:
	rm -rf $(VENV) $(FOCUS) $(AUTOETS) .tools $(DEMO)
