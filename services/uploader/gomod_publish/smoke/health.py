"""Whether proxy and uploader are alive and can work, and whether the gateway leads to the right one."""

from http import HTTPStatus

import httpx

from gomod_publish.answers import said
from gomod_publish.errors import NotServed
from gomod_publish.proxy import Proxy


def check_proxy(proxy: Proxy) -> str:
    """Every path but /upload must lead to a proxy that can work. Raises NotServed, UpstreamError."""
    return _check_service(proxy, proxy.url, "gomod-proxy")


def check_uploader(proxy: Proxy, url: str) -> str:
    """`url` must be an uploader that can work. Raises NotServed, UpstreamError."""
    return _check_service(proxy, url, "gomod-uploader")


def check_upload_route(proxy: Proxy) -> str:
    """/upload must lead to an uploader: it alone takes POST there. Raises NotServed, UpstreamError."""
    url = f"{proxy.url}/upload"
    response = proxy.ask(url)
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or "POST" not in response.headers.get("Allow", ""):
        raise NotServed(
            f"GET {url} answered {response.status_code}, where the uploader says 405 and that it takes POST: does the"
            " gateway send exactly /upload to the uploader?"
        )
    return f"{url} leads to an uploader"


def _check_service(proxy: Proxy, url: str, service: str) -> str:
    for path in ("/healthz", "/readyz"):
        _ok(proxy.ask(f"{url}{path}"))
    answer = _ok(proxy.ask(f"{url}/version"))
    try:
        build = answer.json()
        name, version = build["service"], build["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotServed(f"{url}/version does not say which service answers there: {said(answer)}") from error
    if name != service:
        raise NotServed(f"at {url} answers {name}, where {service} should: where does the gateway send these paths?")
    return f"{service} {version} is ready at {url}"


def _ok(response: httpx.Response) -> httpx.Response:
    if response.status_code != HTTPStatus.OK:
        raise NotServed(f"{response.url} answered {response.status_code}: {said(response)}")
    return response
