"""The GOPROXY protocol's URLs and every stored name: nobody else joins "@v" by hand."""

from dataclasses import dataclass
from typing import Literal, get_args

from gomod.errors import InvalidPath, InvalidVersion, NotFound
from gomod.module import (
    ModuleVersion,
    canonical_version,
    check,
    escape_path,
    escape_version,
    unescape_path,
    unescape_version,
)

Kind = Literal["info", "mod", "zip"]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """`<path>/@v/list`."""

    path: str


@dataclass(frozen=True, slots=True)
class LatestRequest:
    """`<path>/@latest`."""

    path: str


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One of a version's three files; the version is canonical and belongs to the path."""

    module: ModuleVersion
    kind: Kind


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """`<path>/@v/<query>.info` with a query that is no canonical version of the path: `latest`, a branch, `v1`…"""

    path: str
    query: str


Request = ListRequest | LatestRequest | FileRequest | QueryRequest


def parse(url_path: str) -> Request:
    """What a URL's path (percent-decoded, with its leading slash or without) asks for.

    Raises NotFound when it is no module URL at all, InvalidPath or InvalidVersion (both Malformed) when it is one that
    can name nothing.
    """
    name = url_path.removeprefix("/")
    if name.endswith("/@latest"):
        return LatestRequest(unescape_path(name.removesuffix("/@latest")))
    escaped_path, marker, file = name.partition("/@v/")
    if not marker:
        raise NotFound(f"{url_path!r} is not the URL of a module: expected <module>/@v/… or <module>/@latest")
    if file == "list":
        return ListRequest(unescape_path(escaped_path))
    escaped_version, _, extension = file.rpartition(".")
    for kind in get_args(Kind):
        if extension == kind:
            return _parse_file(unescape_path(escaped_path), unescape_version(escaped_version), kind)
    raise NotFound(f"{url_path!r} is not the URL of a module's file: expected list, <version>.info, .mod or .zip")


def list_name(path: str) -> str:
    """`github.com/!azure/x/@v/list`. Raises InvalidPath."""
    return f"{escape_path(path)}/@v/list"


def latest_name(path: str) -> str:
    """`github.com/!azure/x/@latest`. Raises InvalidPath."""
    return f"{escape_path(path)}/@latest"


def file_name(module: ModuleVersion, kind: Kind) -> str:
    """`github.com/!azure/x/@v/v1.2.0.zip`. Raises InvalidPath or InvalidVersion."""
    return f"{escape_path(module.path)}/@v/{escape_version(module.version)}.{kind}"


def inner_version(path: str) -> str:
    """The element of a module path, behind its first, that reads as a version; empty when there is none.

    `a.b/c/v1.0.0/d` is a legal path, but its folder would lie where `a.b/c@v1.0.0` has its own.
    """
    return next((element for element in path.split("/")[1:] if canonical_version(element) == element), "")


def _parse_file(path: str, version: str, kind: Kind) -> FileRequest | QueryRequest:
    try:
        check(path, version)
        if canonical_version(version) != version:
            raise InvalidVersion(version, f"not canonical, that is {canonical_version(version)}")
    except (InvalidPath, InvalidVersion):
        if kind == "info":
            return QueryRequest(path, version)
        raise
    return FileRequest(ModuleVersion(path, version), kind)
