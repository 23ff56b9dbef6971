# make run: the chat page at http://127.0.0.1:8000. make test: every test and check. Both install what they need into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run chat test lock clean
.DELETE_ON_ERROR:

run: .venv/installed
	$(BIN)/xiaoer serve

chat: .venv/installed
	$(BIN)/xiaoer chat

test: .venv/installed-dev
	$(BIN)/ruff format --check bot handlers tests
	$(BIN)/ruff check bot handlers tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/xiaoer check
	$(BIN)/pytest

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q bot handlers
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# After a dependency changed in pyproject.toml.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-dev.lock

clean:
	rm -rf .venv
