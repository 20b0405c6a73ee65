# make         the environment, then the atlas of Zuid-Holland
# make test    the tests, those in a browser and in QGIS included
# make lint    ruff and mypy
# make bench   the measurements
# make clean   removes all that the above made: environment, caches, built layers and maps
#
# Another interpreter: make PYTHON=python3.12. Another region: make REGION=name.

SHELL := /bin/sh
REGION := zuid-holland
bin := .venv/bin

.PHONY: atlas test lint bench clean browser
.DELETE_ON_ERROR:

atlas: .venv/atlas.stamp
	@$(bin)/atlas build $(REGION)

test: .venv/dev.stamp browser
	$(bin)/python -m pytest

lint: .venv/dev.stamp
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy

bench: .venv/bench.stamp
	$(bin)/python -m pytest -s -m bench tests/bench

clean:
	rm -rf .venv dist layers/built maps/built
	rm -rf .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find atlas tests -name __pycache__ -type d -prune -exec rm -rf {} +

browser: .venv/dev.stamp
	@sh .ci/set-up browser

# A stamp tells what the environment holds; a change of the settings fills it again.
.venv/atlas.stamp: pyproject.toml .ci/set-up
	@sh .ci/set-up environment
	@touch $@

.venv/%.stamp: .venv/atlas.stamp
	@sh .ci/set-up group $*
	@touch $@
