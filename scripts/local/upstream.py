"""The upstream of a machine: the URLs that its go command is set up with."""

import os
import re
import subprocess

from scripts.local.venv import tool

NONE = "off"  # what GOMOD_UPSTREAMS says when there is none


def upstreams(registry_url: str) -> str:
    """The http(s) URLs of `go env GOPROXY`, comma separated, or "off".

    A registry that is its own upstream would ask itself for ever, so `registry_url` is never one of them. Whoever
    pasted it into the shell that starts us has hidden the machine's setting behind it: then that setting holds.
    """
    outer = dict(os.environ)
    urls = _urls(outer)
    if urls == [registry_url]:
        outer.pop("GOPROXY", None)
        urls = _urls(outer)
    return ",".join(url for url in urls if url != registry_url) or NONE


def _urls(environ: dict[str, str]) -> list[str]:
    ended = subprocess.run([tool("go"), "env", "GOPROXY"], env=environ, capture_output=True, text=True, check=True)
    entries = [entry.strip().rstrip("/") for entry in re.split(r"[,|]", ended.stdout)]
    return [entry for entry in entries if entry.startswith(("http://", "https://"))]
