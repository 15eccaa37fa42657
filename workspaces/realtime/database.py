"""How the sockets of a process ask the database: all in one thread, whose connection stays open."""

from channels.db import database_sync_to_async
from django.db import connection


def in_database(function):
    """`function` to be awaited. As `database_sync_to_async`, which closes what it used where connections are not kept, and so
    opens one for each question; one that broke is still closed, and the next question opens another."""

    def asked(*args, **kwargs):
        connection.ensure_connection()
        connection.close_at = None
        return function(*args, **kwargs)

    return database_sync_to_async(asked)
