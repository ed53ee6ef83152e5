"""Every answer says where it came from; here those that no reader made do: errors, and what is about ourselves."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gomod import layout
from gomod.errors import Malformed, NotFound
from gomod_proxy.own import OwnModules
from gomod_proxy.reader import Cache

_UPSTREAMS_TROUBLE = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Origin:
    """ASGI middleware: X-Cache on what has none. MISS when it is what upstream said or did not say, else LOCAL."""

    def __init__(self, app: ASGIApp, own_modules: OwnModules) -> None:
        self._app = app
        self._own_modules = own_modules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "x-cache" not in headers:
                    headers["x-cache"] = self._origin(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, send_marked)

    def _origin(self, path: str, status: int) -> Cache:
        if status in _UPSTREAMS_TROUBLE or (status in _ABSENT and self._is_public(path)):
            return Cache.MISS
        return Cache.LOCAL

    def _is_public(self, path: str) -> bool:
        try:
            request = layout.parse(path)
        except (Malformed, NotFound):
            return False  # no module's URL: nobody was asked
        module = request.module.path if isinstance(request, layout.FileRequest) else request.path
        return not self._own_modules.owns(module)
