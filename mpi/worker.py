"""The process that does the jobs: `python -m mpi.worker`. INT lets it finish the one it has in hand; TERM does not."""

import os
import signal


def main():
    # Until the consumer takes the signals over, there is no job in hand, and an end needs no trace.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mpi.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - takes a second, after the line above

    execute_from_command_line(["manage.py", "run_huey", "--quiet"])


if __name__ == "__main__":
    main()
