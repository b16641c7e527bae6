# `make run` tries the portal out, `make test` checks everything. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
SCRATCH := .run

.DEFAULT_GOAL := help
.PHONY: help run test test-all old-browsers browser-pictures test-only lint lint-types lint-others check-docx \
	bench bench-record bench-load bench-pages bench-papers bench-sheets bench-mail format states lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: export DEMO := $(or $(DEMO),1)
run: ## install what is missing, load the demo, serve on http://127.0.0.1:8000 (PORT, DATA_DIR, DEMO=0)
	@$(PYTHON) deploy/install.py run
	@exec $(MANAGE) serve --prepare --port $(or $(PORT),8000)

test: ## install what is missing, check the code, run all tests on PostgreSQL and the core on SQLite
	@$(PYTHON) deploy/install.py test
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint
	@$(MAKE) --no-print-directory test-only

test-all: MARKS := slow or not slow
test-all: old-browsers test ## the same with the slow tests and two old browsers, which it fetches once (100 MB)

# After the Python packages, and before an hour of tests: without them it says what is missing, and stops.
old-browsers:
	@$(PYTHON) deploy/install.py test
	@$(BIN)/python tests/support/old_chromium.py

browser-pictures: old-browsers ## take the pictures of docs/browsers.md anew
	OLD_SHOTS=docs/images/browsers $(BIN)/pytest tests/browser/test_old_chromium.py -m slow -k "keeps_its_form"

# Each of the many processes of a run would compile and rewrite every file for itself. A machine that writes no
# bytecode is a container's; here it is made once, and `.gitignore` knows it.
test-only: export PYTHONDONTWRITEBYTECODE :=
test-only: export TEST_PAPERS := $(CURDIR)/$(SCRATCH)/test-papers
test-only: MARKS ?= not slow
test-only: # on SQLite beside PostgreSQL, whose browsers wait half of their time; what it has to say comes at the end
	@rm -rf $(TEST_PAPERS) && mkdir -p $(TEST_PAPERS)
	TEST_DATABASE=sqlite nice $(BIN)/pytest -m "core and ($(MARKS))" >$(SCRATCH)/core.log 2>&1 & beside=$$!; \
	trap "kill $$beside" INT TERM; \
	$(BIN)/pytest -n auto --dist worksteal -m "$(MARKS)"; result=$$?; \
	wait $$beside || result=$$?; cat $(SCRATCH)/core.log; rm -rf $(TEST_PAPERS); exit $$result

bench-record: ## an autosave beside a bare save, as a ratio
	$(BIN)/python tests/bench/bench_record.py

bench: bench-pages ## the pages' budgets

bench-pages: ## home, ledger, overview, meeting beside a bare page, at 1,500 and 10,000 items (LARGE=1: 100,000)
	$(BIN)/python tests/bench/bench_pages.py $(if $(LARGE),100000,10000)

bench-load: ## 3 recorders, 300 autosaves, 60 boards for ten minutes at a real server (FACTOR=10: in one)
	$(BIN)/python tests/bench/bench_load.py --factor $(or $(FACTOR),1)

bench-papers: ## papers beside stock WeasyPrint and LibreOffice: time, memory, size, as ratios
	$(BIN)/python tests/bench/bench_papers.py

bench-sheets: ## 10,000 items out beside bare XlsxWriter, 1,000 rows in beside a bare parse, as ratios
	$(BIN)/python tests/bench/bench_sheets.py

bench-mail: ## 10,000 reminders through the outbox to a real mail server, beside a bare smtplib loop
	$(BIN)/python tests/bench/bench_mail.py

lint: export DATA_DIR := $(SCRATCH)/lint
lint: export SECRET_KEY = $(shell $(BIN)/python -c "import secrets; print(secrets.token_urlsafe(64))")
lint: lint-types lint-others ## style, types, import order, templates, security, missing migrations, production settings

lint-types: # half of the time of all
	$(BIN)/mypy

lint-others:
	@mkdir -p $(DATA_DIR)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2 --check
	$(BIN)/bandit --quiet -c pyproject.toml -r apps quanzhou_opd
	$(MANAGE) makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=quanzhou_opd.settings.prod DATABASE_URL=sqlite:///$(SCRATCH)/none.sqlite3 \
	REDIS_URL=memory:// ALLOWED_HOSTS=portal.test SITE_URL=https://portal.test EMAIL_URL=smtp://127.0.0.1:25 \
		$(MANAGE) check --deploy --fail-level WARNING

check-docx: ## Word files of all samples as LibreOffice sees them, held against the PDF (needs LibreOffice)
	$(BIN)/python tests/documents/check_docx.py

format: ## put code and templates into the common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

states: ## print docs/states.md anew from the tables in the code
	$(MANAGE) print_states > docs/states.md

lock: ## resolve the dependencies anew (needs uv)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --all-extras --constraint requirements.lock -o requirements-dev.lock
LOCK := --universal --python-version 3.11 --no-emit-index-url --generate-hashes --quiet --upgrade \
	--custom-compile-command "make lock"

clean: ## remove what was made (never the data)
	rm -rf $(VENV) $(SCRATCH) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
