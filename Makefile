# Every recipe starts Python as `.venv/bin/python -m ...`: console scripts hold the path of the clone, which may
# have a space in it. PYTHON=... names the Python that .venv is made with.
bootstrap = @"$(or $(PYTHON),python3)" -I ciam/bootstrap.py
python = .venv/bin/python

# Enough for the settings to load. Nobody is at these addresses.
settings = CIAM_MODE=test SECRET_KEY=only-here-to-check-the-settings-and-long-enough-for-them-0123456789 \
	DATABASE_URL=postgresql://ciam:none@127.0.0.1:1/ciam REDIS_URL=redis://127.0.0.1:1/0
production = $(settings) CIAM_MODE=production BASE_URL=https://id.example.com ALLOWED_HOSTS=id.example.com

.DEFAULT_GOAL := help
.PHONY: help run test test-long bench faults check requirements clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

run: ## start the demo: sign-in on 8000 (PORT), shop on 8001 (SHOP_PORT), vendors on 8002 (SANDBOX_PORT)
	$(bootstrap) run
	@exec $(python) -m ciam.supervisor

test: ## run the tests; ARGS="-k catalogue" chooses among them
	$(bootstrap) test
	@exec $(python) -m pytest $(ARGS)

test-long: ## run the tests at their full sizes
	$(bootstrap) test
	@exec env CIAM_LONG=1 $(python) -m pytest --timeout 3600 $(ARGS)

bench: ## measure; results under bench/results; ARGS="--help" says what can be chosen
	$(bootstrap) test
	@exec $(python) -m bench.scim $(ARGS)

faults: ## the fault matrix with recovery times; ARGS="F01 F08" chooses, and "--help" says what else there is
	$(bootstrap) test
	@exec $(python) -m tests.faults $(ARGS)

check: ## lint, types, layers, migrations, settings for production
	$(bootstrap) test
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	@$(settings) $(python) -m mypy
	$(python) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@env -u DATABASE_URL -u REDIS_URL CIAM_MODE=test SECRET_KEY=only-to-compare-migrations $(python) -m ciam.embedded exec -- \
		$(python) manage.py makemigrations --check --dry-run
	@$(production) $(python) manage.py check --deploy --fail-level WARNING

requirements: ## write the requirements anew from pyproject.toml (needs uv on the PATH)
	uv pip compile pyproject.toml $(pins) -o requirements.txt
	uv pip compile pyproject.toml --extra dev $(pins) -o requirements-dev.txt

pins = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

clean: ## remove .venv and all data of the demo
	rm -rf .venv var
