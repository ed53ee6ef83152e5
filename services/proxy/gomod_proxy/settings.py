"""What the proxy needs to know beyond what both services do."""

from dataclasses import dataclass
from typing import Literal, get_args

from gomod_service.settings import CommonSettings, one_of, parse_seconds, parse_url, required, tuning

NetworkMode = Literal["strict", "fallback", "offline"]


def parse_upstreams(text: str) -> tuple[str, ...]:
    """GOPROXY URLs, comma separated; the word `off` alone is none. Raises ValueError."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == ["off"]:
        return ()
    if not words:
        raise ValueError("expected GOPROXY URLs, comma separated, or off")
    return tuple(parse_url(word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings(CommonSettings):
    """The proxy's settings."""

    upstreams: tuple[str, ...] = required(
        "GOMOD_UPSTREAMS", parse_upstreams, "GOPROXY URLs of public modules, comma separated, asked in order; or off"
    )
    network_mode: NetworkMode = required(
        "GOMOD_NETWORK_MODE",
        one_of(*get_args(NetworkMode)),
        "strict: upstream trouble is an error; fallback: what is stored answers then; offline: upstream is never asked",
    )
    connect_seconds: float = tuning(
        "GOMOD_UPSTREAM_CONNECT_SECONDS", "10", parse_seconds, "how long an upstream may take to be connected to"
    )
    read_seconds: float = tuning(
        "GOMOD_UPSTREAM_READ_SECONDS",
        "60",
        parse_seconds,
        "how long an upstream may take for a list, .info or .mod, and be silent within a zip",
    )
