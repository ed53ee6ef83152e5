"""The two HTML pages: what this is and how to use it, and the tag that sends `go get` to us."""

from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlsplit

from gomod_proxy.own import OwnModules

_READING = """
<h2>Your token</h2>
<p>Our own modules are for those who show a token, over TLS. This line of <code>~/.netrc</code> has go show yours:</p>
<pre><code>machine {machine} login token password TOKEN</code></pre>
"""


def home(public_url: str, own_modules: OwnModules, *, takes_token: bool) -> str:
    """The page at `/`, with the lines to paste for this very registry."""
    template = Template(files("gomod_proxy").joinpath("home.html").read_text(encoding="utf-8"))
    return template.substitute(
        reading=_READING.format(machine=escape(urlsplit(public_url).netloc)) if takes_token else "",
        public_url=escape(public_url),
        patterns=escape(own_modules.patterns),
        example=escape(f"{own_modules.roots[0]}/your-module"),
    )


def go_import(prefix: str, public_url: str) -> str:
    """The answer to `?go-get=1`: modules below `prefix` come over the GOPROXY protocol from here (go help goproxy)."""
    tag = f'<meta name="go-import" content="{escape(prefix)} mod {escape(public_url)}">'
    text = f"{escape(prefix)} is served by a Go module proxy."
    return f"<!DOCTYPE html>\n<html><head>{tag}</head><body>{text}</body></html>\n"
