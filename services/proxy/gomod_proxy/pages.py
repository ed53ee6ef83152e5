"""The two HTML pages: what this is and how to use it, and the tag that sends `go get` to us."""

from html import escape
from importlib.resources import files
from string import Template

from gomod_proxy.own import OwnModules


def home(public_url: str, own_modules: OwnModules) -> str:
    """The page at `/`, with the lines to paste for this very registry."""
    template = Template(files("gomod_proxy").joinpath("home.html").read_text(encoding="utf-8"))
    return template.substitute(
        public_url=escape(public_url),
        patterns=escape(own_modules.patterns),
        example=escape(f"{own_modules.roots[0]}/your-module"),
    )


def go_import(prefix: str, public_url: str) -> str:
    """The answer to `?go-get=1`: modules below `prefix` come over the GOPROXY protocol from here (go help goproxy)."""
    tag = f'<meta name="go-import" content="{escape(prefix)} mod {escape(public_url)}">'
    text = f"{escape(prefix)} is served by a Go module proxy."
    return f"<!DOCTYPE html>\n<html><head>{tag}</head><body>{text}</body></html>\n"
