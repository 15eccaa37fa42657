"""What is raised while the database is down, starts, or has no time for one more."""

from django.db import InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)
