"""Where log lines come from and what they look like: events with fields, JSON for machines or a console for people."""

import logging
import sys

import structlog
from structlog.typing import Processor

from gomod_service.redaction import without_secrets
from gomod_service.settings import LogFormat, LogLevel

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Looks at the finished line: a token can stand in any field, and in any traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def configure_logging(level: LogLevel, form: LogFormat) -> None:
    """Send structlog's and the standard library's log lines to stderr in one form."""
    if form == "json":
        last: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Plain: the fancy kind shows every local variable, and one of them may be a token.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
