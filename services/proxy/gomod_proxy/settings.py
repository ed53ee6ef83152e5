"""What the proxy needs to know beyond what both services do."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from gomod.errors import Malformed
from gomod.module import check_import_path
from gomod.sumdb.note import VerifierKey, parse_key
from gomod_proxy.gateways import Network, parse_networks
from gomod_service.serve import ServerName
from gomod_service.settings import (
    CommonSettings,
    one_of,
    parse_count,
    parse_patterns,
    parse_seconds,
    parse_url,
    required,
    tuning,
)

NetworkMode = Literal["strict", "fallback", "offline"]

WORDS = frozenset({"direct", "off"})  # what may end GOMOD_UPSTREAMS, instead of a URL


@dataclass(frozen=True, slots=True)
class Upstream:
    """One entry of GOMOD_UPSTREAMS."""

    url: str  # or one of WORDS
    bridged: bool = False
    """Whether the next one is asked on any error (`|` follows) instead of on 404 and 410 alone (`,`)."""


def parse_upstreams(text: str) -> tuple[Upstream, ...]:
    """A list as in GOPROXY (`go help goproxy`): URLs with `,` or `|` between them; nothing follows one of WORDS.

    Raises ValueError.
    """
    *words, last = re.split("([,|])", text)
    pairs = [*zip(words[::2], words[1::2], strict=True), *([(last, ",")] if last.strip() else [])]
    urls = [word.strip() for word, _ in pairs]
    if not urls or WORDS.intersection(urls[:-1]) or any(" " in url for url in urls):
        raise ValueError("expected GOPROXY URLs with , or | between them, and direct or off, which nothing can follow")
    return tuple(
        Upstream(url if url in WORDS else parse_url(url), separator == "|")
        for url, (_, separator) in zip(urls, pairs, strict=True)
    )


@dataclass(frozen=True, slots=True)
class SumDb:
    """One entry of GOMOD_SUMDBS."""

    key: VerifierKey
    url: str


def parse_sumdbs(text: str) -> tuple[SumDb, ...]:
    """`<name>+<id>+<key> <URL>`, as in GOSUMDB, with commas between them; or `off`, none. Raises ValueError."""
    if text.strip() == "off":
        return ()
    databases = tuple(_parse_sumdb(entry) for entry in text.strip().removesuffix(",").split(","))
    if len({database.key.name for database in databases}) < len(databases):
        raise ValueError("names one database twice")
    return databases


def parse_nosumdb(text: str) -> str:
    """GOPRIVATE globs, comma separated, or nothing. Raises ValueError."""
    return parse_patterns(text) if text.strip() else ""


def _parse_sumdb(entry: str) -> SumDb:
    words = entry.split()
    if len(words) != 2:
        raise ValueError("expected <name>+<id>+<key> and a URL for each database, with commas between them, or off")
    try:
        key = parse_key(words[0])
        check_import_path(key.name)  # it stands in URLs, and names a folder in the store
    except Malformed as error:
        raise ValueError(str(error)) from error
    return SumDb(key, parse_url(words[1]))


def _parse_ttl(text: str) -> float:
    return 0.0 if text == "0" else parse_seconds(text)


def _parse_rate(text: str) -> int:
    return 0 if text == "0" else parse_count(text)


def _parse_optional_file(text: str) -> Path | None:
    return Path(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings(CommonSettings):
    """The proxy's settings."""

    upstreams: tuple[Upstream, ...] = required(
        "GOMOD_UPSTREAMS",
        parse_upstreams,
        "GOPROXY URLs of public modules, asked in order: the next one after 404 (,) or after any error (|); at the end "
        "may be direct, which reads their repositories with go and git, or off",
    )
    network_mode: NetworkMode = required(
        "GOMOD_NETWORK_MODE",
        one_of(*get_args(NetworkMode)),
        "strict: upstream trouble is an error; fallback: what is stored answers then; offline: upstream is never asked",
    )
    # Not required, so that what started a proxy before there was this variable starts it still; the charts require it.
    sumdbs: tuple[SumDb, ...] = tuning(
        "GOMOD_SUMDBS",
        "off",
        parse_sumdbs,
        "checksum databases that clients reach through us, name+id+key URL, comma separated, or off; what is kept of "
        "public modules is checked by the first",
    )
    nosumdb_patterns: str = tuning(
        "GOMOD_NOSUMDB",
        "",
        parse_nosumdb,
        "GOPRIVATE globs of further private modules, whose names no checksum database is told",
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
    zip_seconds: float = tuning(
        "GOMOD_UPSTREAM_ZIP_SECONDS", "900", parse_seconds, "how long an upstream may take for a whole zip"
    )
    sumdb_seconds: float = tuning(
        "GOMOD_SUMDB_SECONDS", "10", parse_seconds, "how long a checksum database may take for an answer"
    )
    list_ttl: float = tuning(
        "GOMOD_LIST_TTL", "60", _parse_ttl, "how many seconds what upstream lists, or calls the latest, simply holds"
    )
    negative_ttl: float = tuning(
        "GOMOD_NEGATIVE_TTL", "10", _parse_ttl, "how many seconds it holds that upstream does not have something"
    )
    connections: int = tuning(
        "GOMOD_UPSTREAM_CONNECTIONS", "32", parse_count, "connections to one upstream host, for texts and for zips each"
    )
    policy_file: Path | None = tuning(
        "GOMOD_POLICY_FILE", "", _parse_optional_file, "which modules may be served; without one, all of them"
    )
    netrc_file: Path | None = tuning(
        "GOMOD_NETRC_FILE", "", _parse_optional_file, "a netrc file with the passwords of https upstreams and git hosts"
    )
    direct_seconds: float = tuning(
        "GOMOD_DIRECT_SECONDS", "300", parse_seconds, "how long a run of go for direct may take"
    )
    direct_at_once: int = tuning(
        "GOMOD_DIRECT_AT_ONCE", "4", parse_count, "runs of go for direct at the same time; more wait"
    )
    direct_ssh_key_file: Path | None = tuning(
        "GOMOD_DIRECT_SSH_KEY_FILE", "", _parse_optional_file, "the private key that git logs in with over ssh"
    )
    direct_known_hosts_file: Path | None = tuning(
        "GOMOD_DIRECT_KNOWN_HOSTS_FILE",
        "",
        _parse_optional_file,
        "with it: the keys of the ssh hosts, as ssh writes them",
    )
    server: ServerName = tuning(
        "GOMOD_SERVER",
        "hypercorn",
        one_of(*get_args(ServerName)),
        "hypercorn; uvicorn, which takes a tenth of the computing for small files; or granian; the latter are extras",
    )
    read_tokens_file: Path | None = tuning(
        "GOMOD_READ_TOKENS_FILE",
        "",
        _parse_optional_file,
        "who may read our own modules (gomod-token new --scopes read); without one, everybody",
    )
    read_gateways: tuple[Network, ...] = tuning(
        "GOMOD_READ_GATEWAYS",
        "",
        parse_networks,
        "with it: addresses and CIDRs, comma separated, of the gateways whose X-Forwarded-Proto is believed",
    )
    scrub_bytes_per_second: int = tuning(
        "GOMOD_SCRUB_BYTES_PER_SECOND",
        str(4 << 20),
        _parse_rate,
        "how fast what is stored is read, day by day, to find damage; 0: not at all",
    )
