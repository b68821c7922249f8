# make demo: see it. make test: prove it. The other targets are steps of these two.
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test lint serve bench prove docs clean

help:  ## these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv/installed: pyproject.toml
	@.ci/system-packages demo
	python3 -m venv .venv
	$(PY) -m pip install -q --disable-pip-version-check -e .
	@touch $@

.venv/installed-for-tests: pyproject.toml .venv/installed
	@.ci/system-packages test
	$(PY) -m pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

demo: .venv/installed  ## install what is missing, load the demonstration, serve it until Ctrl-C
	@.ci/system-packages demo
	@.venv/bin/ifr demo

demo-reset: .venv/installed  ## the same, from a clean database
	@rm -rf instance
	@.venv/bin/ifr demo

serve: .venv/installed  ## serve the pages of the configured installation
	@.venv/bin/ifr upgrade && .venv/bin/ifr serve

test: .venv/installed-for-tests  ## every test, on SQLite, PostgreSQL and in a browser
	@.ci/system-packages test
	$(PY) -m pytest -n 2 --dist loadgroup

lint: .venv/installed-for-tests  ## ruff, types, the import law, the definitions
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/ifr workflow check

bench: .venv/installed-for-tests  ## ratios against raw SQL and an empty page, into docs/performance.md
	$(PY) -m tests.bench

prove: .venv/installed-for-tests  ## every test on both databases, the longest journeys, hundreds of kills, every letter validated
	IFR_TEST_BOTH=yes $(PY) -m pytest -n 2 --dist loadgroup -m 'prove or not prove'
	$(PY) -m tests.prove

docs: .venv/installed  ## draw the process again
	.venv/bin/ifr workflow draw
