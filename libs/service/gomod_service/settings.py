"""Settings from environment variables: declared once, read once, all that are missing or wrong named at once."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args
from urllib.parse import urlsplit

from gomod.errors import InvalidPath, RegistryError
from gomod.module import check_globs

T = TypeVar("T")

_VARIABLE = "gomod_service.variable"

_PASSWORD = re.compile(r"(?<=://)[^/\s]*@")
"""A user's name and password in a URL, which no message repeats."""


class SettingsError(RegistryError):
    """The environment does not hold what the service needs; one line for each variable."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What one field of a settings class is read from."""

    name: str
    parse: Callable[[str], Any]
    meaning: str
    tuning: str | None  # the text that stands when the variable is absent; None: the variable is required


def required(name: str, parse: Callable[[str], T], meaning: str) -> T:
    """A field that names a place, a peer, a right, a mode or a secret: there is no value for it but the operator's."""
    declared: T = field(metadata={_VARIABLE: Variable(name, parse, meaning, None)})
    return declared


def tuning(name: str, default: str, parse: Callable[[str], T], meaning: str) -> T:
    """A field that is pure tuning: `default` is parsed like a given value, and `--help` prints it."""
    declared: T = field(metadata={_VARIABLE: Variable(name, parse, meaning, default)})
    return declared


class SettingsClass(Protocol):
    """A dataclass whose fields were made by `required` and `tuning`."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


S = TypeVar("S", bound=SettingsClass)


def variables(settings_class: type[SettingsClass]) -> Iterator[tuple[str, Variable]]:
    """Every (field name, variable) of a settings class, as declared."""
    for each in dataclasses.fields(settings_class):
        yield each.name, each.metadata[_VARIABLE]


def read_settings(settings_class: type[S], environ: Mapping[str, str]) -> S:
    """Read every declared variable. Raises SettingsError naming all that are missing and all that are wrong."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, variable in variables(settings_class):
        text = environ.get(variable.name, "") or variable.tuning
        if text is None:
            problems.append(f"  {variable.name} is missing: {variable.meaning}")
            continue
        try:
            values[name] = variable.parse(text)
        except ValueError as error:
            problems.append(f"  {variable.name}={_PASSWORD.sub('***@', text)!r} is wrong: {error}")
    if problems:
        raise SettingsError("\n".join(["the environment is not complete; nothing was started:", *problems]))
    return settings_class(**values)


def parse_bind(text: str) -> str:
    """`host:port`, the host spelled out (an IPv6 address in brackets). Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not host or not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("expected host:port, like 127.0.0.1:8080")
    return text


def parse_url(text: str) -> str:
    """An http or https URL without a query; a trailing slash is dropped. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("expected an http:// or https:// URL without a query")
    return text.rstrip("/")


def _parse_optional_url(text: str) -> str:
    return parse_url(text) if text else ""


def _parse_share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError("expected a number from 0 to 1")
    return share


def parse_patterns(text: str) -> str:
    """GOPRIVATE globs, comma separated (cmd/go `go help private`); spaces are dropped. Raises ValueError."""
    globs = ",".join(glob.strip() for glob in text.split(",") if glob.strip())
    if not globs:
        raise ValueError("expected GOPRIVATE globs, comma separated, like go.corp.example/*")
    try:
        check_globs(globs)
    except InvalidPath as error:
        raise ValueError(f"it means no module: {error}") from error
    return globs


def parse_seconds(text: str) -> float:
    """A positive number of seconds. Raises ValueError."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError("expected a positive number of seconds")
    return seconds


def parse_count(text: str) -> int:
    """A positive whole number. Raises ValueError."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError("expected a positive whole number")
    return int(text)


def one_of(*choices: str) -> Callable[[str], Any]:
    """A parser that takes just these words (pass `*get_args(SomeLiteral)`). Raises ValueError."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text

    return parse


LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """What both services need to know."""

    bind: str = required("GOMOD_BIND", parse_bind, "host:port to serve on")
    admin_bind: str = required("GOMOD_ADMIN_BIND", parse_bind, "host:port for Prometheus metrics; never routed")
    storage_url: str = required(
        "GOMOD_STORAGE_URL", str, "where the modules are kept: file:///folder or s3://bucket/prefix?staging=/folder"
    )
    private_patterns: str = required(
        "GOMOD_PRIVATE_PATTERNS", parse_patterns, "GOPRIVATE globs of our own modules, comma separated"
    )
    public_url: str = required("GOMOD_PUBLIC_URL", parse_url, "the URL under which clients reach the registry")
    log_level: LogLevel = required("GOMOD_LOG_LEVEL", one_of(*get_args(LogLevel)), "debug, info, warning or error")
    log_format: LogFormat = required("GOMOD_LOG_FORMAT", one_of(*get_args(LogFormat)), "json or console")
    traces_url: str = tuning(
        "GOMOD_TRACES_URL",
        "",
        _parse_optional_url,
        "where an OpenTelemetry collector takes traces (OTLP over HTTP), like http://collector:4318/v1/traces; "
        "without one, none are made",
    )
    traces_share: float = tuning(
        "GOMOD_TRACES_SHARE", "1", _parse_share, "of how many requests a trace is made, unless the gateway has decided"
    )
    shutdown_seconds: float = tuning(
        "GOMOD_SHUTDOWN_SECONDS", "30", parse_seconds, "how long SIGTERM waits for requests in flight"
    )


def help_text(program: str, purpose: str, settings_class: type[SettingsClass]) -> str:
    """What `--help` prints: the purpose and a table of every variable."""
    rows = [variable for _, variable in variables(settings_class)]
    width = max(len(variable.name) for variable in rows)
    must = [f"  {each.name:<{width}}  {each.meaning}" for each in rows if each.tuning is None]
    may = [
        f"  {each.name:<{width}}  {each.meaning} (default {each.tuning or 'none'})"
        for each in rows
        if each.tuning is not None
    ]
    lines = [f"usage: {program} [--help | --version]", "", purpose, "", "Required environment variables:", *must]
    if may:
        lines += ["", "Tuning:", *may]
    return "\n".join(lines)
