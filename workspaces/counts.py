"""What the live part counts, for `/metrics`: from the start of each process on."""

from prometheus_client import Counter

ACKNOWLEDGED = Counter("mpi_messages_acknowledged", "Messages that were stored and committed, each once.")
PUBLISHED = Counter("mpi_events_published", "Events that were committed and told to every process.")
HINTS_LOST = Counter("mpi_hints_lost", "Events that the channel layer did not take. The hubs found them by looking.")
GAPS_HEALED = Counter("mpi_gaps_healed", "Streams of which a page was written what it had missed.")
RESYNCS = Counter("mpi_resyncs", "Streams of which a page had missed too much, and was told to load anew.")
SLOW_READERS_CUT = Counter("mpi_slow_readers_cut", "Sockets cut off because their reader took nothing.")
SOCKETS_OPENED = Counter("mpi_sockets_opened", "Sockets that were let in.")
SOCKETS_CLOSED = Counter("mpi_sockets_closed", "Sockets that closed, refused ones too, by the code of the contract.", ["code"])

CODES = {1000, 1001, 1005, 1006, 1012, 1013, 4401, 4403, 4404, 4429}


def count_close(code):
    """Codes of our own and of the protocol; what else a client thought of is one."""
    SOCKETS_CLOSED.labels(code=str(code) if code in CODES else "other").inc()
