"""What we add to uvicorn: answers at once, in their turn; files that the kernel sends; heads that end."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from gomod_service import uvicorn_server
from gomod_service.at_once import Header
from gomod_service.connections import HEAD_BYTES

QUICK = (b"content-length: 5\r\n", b"\r\n", b"quick")


class App:
    """Says `quick` at once, `slow` when it may, and sends its file; remembers what it was asked at once."""

    def __init__(self, file: Path) -> None:
        self.may_go_on = asyncio.Event()
        self.asked: list[str] = []
        self.begun: list[str] = []
        self.ended: list[BaseException | None] = []
        self._file = file

    def at_once(self, path: str, headers: Sequence[Header], client: str) -> Sequence[bytes] | None:
        self.asked.append(path)
        assert client == "127.0.0.1"
        assert (b"host", b"x") in headers
        return QUICK if path == "/quick" else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        self.begun.append(scope["path"])
        try:
            match scope["path"]:
                case "/file":
                    await self._send_file(scope, send)
                case "/pieces":
                    await self._send_pieces(send)
                case _:
                    await self._say_slow(send)
        except ConnectionError as error:
            self.ended.append(error)
        else:
            self.ended.append(None)

    async def _say_slow(self, send: Send) -> None:
        await self.may_go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"slow"})

    async def _send_file(self, scope: Scope, send: Send) -> None:
        assert scope["extensions"] == {"http.response.zerocopysend": {}}
        start, size, announced = map(int, scope["query_string"].split(b","))
        headers = [(b"content-length", str(announced).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with FileIO(self._file) as file:
            where: Message = {"file": file, "offset": start, "count": size, "more_body": True}
            await send({"type": "http.response.zerocopysend", **where})
        await send({"type": "http.response.body", "body": b""})

    async def _send_pieces(self, send: Send) -> None:
        count, piece = 1000, bytes(1 << 20)
        headers = [(b"content-length", str(count * len(piece)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(count):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


@pytest.fixture
def content() -> bytes:
    return bytes(range(256)) * 40_000  # 10 MB: more than sockets hold


@pytest.fixture
def app(tmp_path: Path, content: bytes) -> App:
    (tmp_path / "file").write_bytes(content)
    return App(tmp_path / "file")


class Client:
    """A connection, as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def send(self, text: str) -> None:
        self._writer.write(text.encode())
        await self._writer.drain()

    async def get(self, path: str, more: str = "") -> None:
        await self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n")

    async def answer(self) -> tuple[str, bytes]:
        """The head and the body of the next answer."""
        with anyio.fail_after(20):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r")[0])
            return head, await self.reader.readexactly(length)

    async def is_hung_up_on(self) -> bytes:
        """What comes until the server has closed the connection; nothing when that met bytes on their way to it."""
        with anyio.fail_after(20):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def client_of(app: App) -> AsyncIterator[Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    stop = asyncio.Event()
    serving = asyncio.create_task(uvicorn_server.run(app, listener, 5, stop))
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        stop.set()
        await serving


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_is_in_memory_is_answered_without_the_application(app: App) -> None:
    async with client_of(app) as client:
        for _ in range(3):
            await client.get("/quick")
            head, body = await client.answer()
            assert head.startswith("http/1.1 200 ok\r\ndate: ")
            assert body == b"quick"
    assert app.begun == []


async def test_no_answer_overtakes_the_one_before_it(app: App) -> None:
    async with client_of(app) as client:
        await client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /quick HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        await until(lambda: app.begun == ["/slow"])
        app.may_go_on.set()
        bodies = [(await client.answer())[1] for _ in range(4)]
    # While something is before it a request goes the usual way, and this application has one answer there.
    assert bodies == [b"slow"] * 4


@pytest.mark.parametrize(
    "request_",
    [
        "POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "HEAD /slow HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /quick?x=1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /qui%63k HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /quick HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
async def test_any_other_request_goes_the_usual_way(app: App, request_: str) -> None:
    app.may_go_on.set()
    async with client_of(app) as client:
        await client.send(request_)
        await until(lambda: len(app.begun) == 1)
    assert app.asked == []


async def test_who_asks_on_and_reads_nothing_does_not_fill_the_memory(app: App) -> None:
    async with client_of(app) as client:
        many = "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n" * 200_000
        asking = asyncio.create_task(client.send(many))
        await until(lambda: len(app.begun) > 0)  # it is told to wait, like anybody who does not take the answers
        assert len(app.asked) < 200_000
        asking.cancel()
        app.may_go_on.set()


@pytest.mark.parametrize("trickle", [b"GET /quick HTTP/1.1\r\nHost: x\r\nX: ", b"", b"GET /"])
async def test_a_head_that_does_not_end_is_hung_up_on(
    app: App, trickle: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_server, "KEEP_ALIVE_SECONDS", 0.3)
    async with client_of(app) as client:

        async def send_on() -> None:
            await client.send(trickle.decode())
            while trickle:
                await asyncio.sleep(0.05)
                await client.send("x")

        sending = asyncio.create_task(send_on())
        assert await client.is_hung_up_on() == b""
        sending.cancel()
        await asyncio.wait([sending])


async def test_an_idle_connection_is_hung_up_on_after_its_last_answer(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_server, "KEEP_ALIVE_SECONDS", 1.0)
    async with client_of(app) as client:
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < begun + 1.5:  # longer than a connection may be idle
            await client.get("/quick")
            assert (await client.answer())[1] == b"quick"
            await asyncio.sleep(0.1)
        assert await client.is_hung_up_on() == b""


@pytest.mark.parametrize("begin", ["GET /", "GET / HTTP/1.1\r\n" + "X: y\r\n" * 2000, "GET / HTTP/1.1\r\nX: "])
async def test_a_head_without_bounds_is_refused(app: App, begin: str) -> None:
    async with client_of(app) as client:
        await client.send(begin + "x" * (HEAD_BYTES - len(begin)))
        await client.send("x" * 10)
        refusal = await client.is_hung_up_on()
    assert refusal.startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_any_number_of_requests_on_one_connection_is_no_long_head(app: App) -> None:
    async with client_of(app) as client:
        for _ in range(20):
            await client.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n" * 300)
            assert [(await client.answer())[1] for _ in range(300)] == [b"quick"] * 300
        app.may_go_on.set()
        body = "x" * HEAD_BYTES * 3
        await client.send(f"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        assert (await client.answer())[1] == b"slow"
        await client.get("/quick")
        assert (await client.answer())[1] == b"quick"


@pytest.mark.parametrize(("start", "size"), [(0, 10_240_000), (1, 10_239_999), (5_000_000, 1), (10_239_000, 1000)])
async def test_a_file_is_sent_by_the_kernel_byte_for_byte(app: App, content: bytes, start: int, size: int) -> None:
    async with client_of(app) as client:
        await client.get(f"/file?{start},{size},{size}")
        _, body = await client.answer()
        assert body == content[start : start + size]
        await client.get("/quick")  # and the connection goes on
        assert (await client.answer())[1] == b"quick"


async def test_a_file_that_is_too_short_is_an_answer_that_is(app: App, content: bytes) -> None:
    async with client_of(app) as client:
        await client.get(f"/file?{len(content) - 10},100,100")
        sent = await client.is_hung_up_on()
    assert sent.partition(b"\r\n\r\n")[2] == content[-10:]


async def test_who_hangs_up_in_the_middle_of_a_file_ends_its_request(app: App, content: bytes) -> None:
    async with client_of(app) as client:
        await client.get(f"/file?0,{len(content)},{len(content)}")
        await client.reader.readexactly(1000)
    assert [type(each) for each in app.ended] in ([ConnectionResetError], [BrokenPipeError])


async def test_who_hangs_up_in_the_middle_of_a_body_ends_its_request(app: App) -> None:
    async with client_of(app) as client:
        await client.get("/pieces")
        await client.reader.readexactly(1000)
    assert [type(each) for each in app.ended] == [ConnectionResetError]


async def test_while_it_serves_all_threads_keep_to_one_processor(app: App) -> None:
    before = os.sched_getaffinity(0)
    async with client_of(app):
        await until(lambda: len(os.sched_getaffinity(0)) == 1)
    assert os.sched_getaffinity(0) == before
