"""The upstream of a machine: the URLs that its go command is set up with."""

import os
import re
import subprocess

from scripts.local.venv import tool

NONE = "off"  # what GOMOD_UPSTREAMS says when there is none


def upstreams(registry_url: str) -> str:
    """The http(s) URLs of `go env GOPROXY`, with the `,` or `|` that follows each, or "off".

    A registry that is its own upstream would ask itself for ever, so `registry_url` is never one of them. Whoever
    pasted it into the shell that starts us has hidden the machine's setting behind it: then that setting holds.
    """
    outer = dict(os.environ)
    entries = _entries(outer)
    if [url for url, _ in entries] == [registry_url]:
        outer.pop("GOPROXY", None)
        entries = _entries(outer)
    kept = "".join(f"{url}{separator}" for url, separator in entries if url != registry_url)
    return kept.rstrip(",|") or NONE


def _entries(environ: dict[str, str]) -> list[tuple[str, str]]:
    ended = subprocess.run([tool("go"), "env", "GOPROXY"], env=environ, capture_output=True, text=True, check=True)
    entries: list[tuple[str, str]] = re.findall(r"([^,|\s]+)\s*([,|]?)", ended.stdout)
    return [(url.rstrip("/"), separator) for url, separator in entries if url.startswith(("http://", "https://"))]
