# Every target begins by making .venv, or finds in a moment that it is as it should be. PYTHON=... chooses the interpreter.
.PHONY: help run test faults fuzz bench bench-full lint check format messages

help:
	@echo 'make run       install, prepare and start Karlos; Ctrl-C stops it'
	@echo 'make test      run every test; what it could not run it says at the end'
	@echo 'make faults    break everything on purpose for a quarter of an hour, and see whether the promises hold'
	@echo 'make fuzz      bad input, 180,000 times, to everything that takes input'
	@echo 'make bench     every benchmark in its short form, in under a quarter of an hour; BENCH="webhook search" runs two'
	@echo 'make bench-full  with a million rows and the long runs: hours'
	@echo 'make lint      ruff and mypy'
	@echo 'make check     lint, system checks, missing migrations, written secrets, known holes of dependencies'
	@echo 'make format    let ruff arrange the code'
	@echo 'make messages  gather what is to be translated and compile locale/ (needs gettext)'

run:
	@sh scripts/bootstrap.sh run && exec .venv/bin/python manage.py runstack --with-parent

test:
	@sh scripts/bootstrap.sh test && exec sh scripts/test.sh

# Servers of its own, on ports of its own; FAULTS="embedded" holds one trial only.
faults:
	@sh scripts/bootstrap.sh test && exec .venv/bin/python -m tests.faults $(FAULTS)

# 60,000 inputs made at random, INPUTS=... for each of five targets; then 120,000 that follow the coverage.
fuzz:
	@sh scripts/bootstrap.sh test && KARLOS_FUZZ_INPUTS=$${INPUTS:-12000} .venv/bin/python -m pytest tests/fuzz
	@exec .venv/bin/python -m tests.fuzz.guided

# On servers of their own; the tables are docs/performance.md's.
bench:
	@sh scripts/bootstrap.sh test && exec .venv/bin/python -m benchmarks $(BENCH)

bench-full:
	@sh scripts/bootstrap.sh test && exec .venv/bin/python -m benchmarks --full $(BENCH)

lint:
	@sh scripts/bootstrap.sh test && exec sh scripts/lint.sh

check: lint
	@exec sh scripts/check.sh

format:
	@sh scripts/bootstrap.sh test
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

messages:
	@sh scripts/bootstrap.sh run && exec sh scripts/messages.sh
