"""Log lines as JSON, each with the id of the request it belongs to. Nothing personal is logged."""

import re

import structlog

LINKS = re.compile(
    r"(/people/(?:invitations|confirmations)/|/calendar/|/mail/stop/|reply\+)[\w-]{40,}"
    r"|(/accounts/sign-on/[\w-]+/answer/\?)\S+"
)


def without_tokens(logger, name, event):
    """Whoever reads the log finds no link that lets somebody in, no address of a calendar, and no provider's answer."""
    return {key: LINKS.sub(r"\1\2[token]", value) if isinstance(value, str) else value for key, value in event.items()}


structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self):
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_tokens,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.format_exc_info,
            ],
        )
