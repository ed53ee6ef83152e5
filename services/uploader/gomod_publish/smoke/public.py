"""A public module, fetched twice: the second time from the cache."""

import filecmp
import json
from functools import partial
from pathlib import Path
from typing import get_args

from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod.modzip import check_zip
from gomod_publish.errors import NotServed, TryAgain
from gomod_publish.proxy import Proxy
from gomod_publish.smoke.go import Go

_ORIGIN = "X-Cache"


def check_cached(proxy: Proxy, go: Go, module: ModuleVersion) -> str:
    """The proxy must have the module's files, keep them, and serve the same again; go must take them.

    Raises GoFailed, NotServed, NotFound, Refused, UpstreamError.
    """
    folder = go.folder()
    first, second = folder / "first", folder / "second"
    first.mkdir()
    second.mkdir()
    origins = [proxy.fetch(module, kind, first / kind).get(_ORIGIN, "unknown") for kind in get_args(Kind)]
    for kind in get_args(Kind):
        proxy.patience.persist(partial(_fetch_again, proxy, module, kind, second / kind), TryAgain)
        if not filecmp.cmp(first / kind, second / kind, shallow=False):
            raise NotServed(f"the {kind} of {module} was another one the second time")
    go.run("mod", "download", str(module), cwd=folder)  # with -json, what is wrong would be a member of a document
    theirs = json.loads(go.run("mod", "download", "-json", str(module), cwd=folder))["Sum"]
    ours = check_zip(module, second / "zip").h1
    if theirs != ours:
        raise NotServed(f"go got {module} with {theirs}, the proxy serves {ours}: does GOPROXY name another registry?")
    return f"first {', '.join(origins)}, then HIT, HIT, HIT; {ours}"


def _fetch_again(proxy: Proxy, module: ModuleVersion, kind: Kind, destination: Path) -> None:
    """The file must come from the cache. Raises TryAgain while it does not: it may be on its way to the disk."""
    origin = proxy.fetch(module, kind, destination).get(_ORIGIN, "nothing")
    if origin != "HIT":
        raise TryAgain(f"the {kind} of {module} was asked for again, and {_ORIGIN} says {origin}, not HIT")
