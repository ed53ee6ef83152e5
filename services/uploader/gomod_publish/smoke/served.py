"""Whether the proxy lists a version, and serves the files that were sent."""

from http import HTTPStatus

from gomod.errors import NotFound
from gomod.layout import list_name
from gomod_publish.answers import failure, said
from gomod_publish.errors import NotServed, TryAgain
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy
from gomod_publish.readback import read_back


def check_listed(proxy: Proxy, packed: Packed) -> str:
    """The list must have it, in a moment at the latest. Raises NotServed, Refused, UpstreamError."""
    url = f"{proxy.url}/{list_name(packed.module.path)}"

    def look() -> list[str]:
        response = proxy.ask(url)
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise failure(response, url)
        versions = response.text.split() if response.is_success else []
        if packed.module.version not in versions:
            raise NotFound(f"{url} does not list {packed.module.version}; it says: {said(response)}")
        return versions

    try:
        versions = proxy.patience.persist(look, TryAgain, NotFound)
    except NotFound as error:
        raise NotServed(f"{error}. Was the version withdrawn? Then publish a new one") from error
    return f"{len(versions)} version{'s' * (len(versions) != 1)} listed"


def check_files(proxy: Proxy, packed: Packed, *, is_new: bool) -> str:
    """Info, mod and zip must be what was sent. Raises NotServed, Refused, UpstreamError."""
    is_exact = read_back(proxy, packed, is_new=is_new)
    same = "byte for byte what was sent" if is_exact else "the same module, in the bytes that came first"
    return f"info, mod and zip are {same}; {packed.h1}"
