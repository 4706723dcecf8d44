# make run | test | lint | airflow | secrets | clean. Needs Python 3.11+, make and git; everything else goes into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: help install lock run test lint airflow secrets clean
help:
	@echo "make run      install, run the nightly DAG over seeds/, print the tables it made"
	@echo "make test     install, run all tests"
	@echo "make lint     ruff, mypy"
	@echo "make airflow  start Airflow's UI on loopback with the sources loaded"
	@echo "make secrets  write .env, the secrets of docker-compose.yml"
	@echo "make clean    remove .venv, var/ and caches"

install: .venv/installed
# Compiled bytecode halves every import (airflow: 5.3 to 3.1 CPU seconds), also where PYTHONDONTWRITEBYTECODE is set.
.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed; set PYTHON=/path/to/python3"; exit 2; }
	@echo "installing into .venv: a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check "uv>=0.9"
	@env -u PYTHONDONTWRITEBYTECODE UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(CURDIR)/.venv \
	  $(BIN)/uv pip sync -q --require-hashes --compile-bytecode requirements.lock
	@UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

lock:
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group dev --extra deploy --extra kubernetes pyproject.toml -o requirements.lock

# Not ?=: an AIRFLOW_HOME in the environment is some other Airflow's. `make airflow AIRFLOW_HOME=/elsewhere` works.
AIRFLOW_HOME := $(CURDIR)/.airflow
PORT ?= 8080
# Only for these two: tests must not see a home.
run airflow: export AIRFLOW_HOME := $(AIRFLOW_HOME)
run airflow: export NEWSMILL_HOME ?= $(CURDIR)/var
run airflow: export NEWSMILL_SOURCES ?= $(CURDIR)/seeds/sources.toml

$(AIRFLOW_HOME)/airflow.cfg: | install
	@$(BIN)/python -m dags configure $@

run: install $(AIRFLOW_HOME)/airflow.cfg
	@AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR $(BIN)/python -W ignore -m dags run

airflow: install $(AIRFLOW_HOME)/airflow.cfg
	@AIRFLOW__API__PORT=$(PORT) AIRFLOW__API__BASE_URL=http://127.0.0.1:$(PORT) $(BIN)/python -W ignore -m dags serve

ENV_FILE ?= .env
DATA ?= var
random = $$(head -c $(1) /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_')
# The containers run as whoever calls this, but never as root, and DATA is theirs; noclobber leaves a file alone that is
# there.
secrets:
	@umask 077; set -o noclobber; uid=$$(id -u); [ $$uid -ne 0 ] || uid=10001; \
	printf '%s\n' "NEWSMILL_UID=$$uid" "FERNET_KEY=$(call random,32)" "JWT_SECRET=$(call random,66)" \
	  "API_SECRET_KEY=$(call random,33)" "POSTGRES_PASSWORD=$(call random,33)" "REDIS_PASSWORD=$(call random,33)" \
	  "ADMIN_PASSWORD=$(call random,18)" >$(ENV_FILE); \
	install -d -m 755 -o $$uid $(DATA)
	@echo "$(ENV_FILE) is written; the user is admin, with the password that stands there"

test: install
	@$(BIN)/pytest

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:
	rm -rf .venv var .airflow .mypy_cache .ruff_cache .pytest_cache .hypothesis
