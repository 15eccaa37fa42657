"""The tests, and the running of all of them: `make test` is `python -m tests`."""
