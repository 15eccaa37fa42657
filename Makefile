# The two commands are `make run` and `make test`. The work is done by mpi/start.py, where it can be tested.
PYTHON ?= python3

.PHONY: run test lint bench
run test lint bench:
	@exec $(PYTHON) -m mpi.start $@
