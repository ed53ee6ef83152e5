"""An upload whose answer is lost on the way is sent again, and nothing is published twice or otherwise."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

from scripts.local.venv import tool
from tests.e2e.registry import PRIVATE, Registry
from tests.publish.repository import GitRepository


@contextmanager
def losing_the_first_answer(url: str) -> Iterator[str]:
    """A way to the registry on which the first answer to an upload gets lost; yields its URL."""
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
            answer = httpx.post(f"{url}{self.path}", content=body, headers=headers, timeout=60, trust_env=False)
            answers.append(answer.status_code)
            if len(answers) == 1:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_an_answer_that_is_lost_leads_to_the_same_version_once(registry: Registry, tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "repository")
    repository.git("config", "user.name", "Ann Author")
    repository.git("config", "user.email", "ann@localhost")
    repository.commit({"go.mod": f"module {PRIVATE}/mine\n", "mine.go": "package mine\n"}, "v1.0.0")
    client = tool("gomod-publish")
    subprocess.run([client, "pack", repository.path, "-o", tmp_path / "out"], check=True)
    with losing_the_first_answer(registry.url) as url:
        environ = os.environ | {"GO_REGISTRY_URL": url, "GO_REGISTRY_TOKEN": registry.token}
        done = subprocess.run(
            [client, "upload", tmp_path / "out", "--json"], env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert f"{url} is out of reach: " in done.stderr
    assert "trying again in 0.5 s" in done.stderr
    (sent,) = json.loads(done.stdout)["versions"]
    assert not sent["new"]  # the second answer says that it stood already
    assert registry.get(f"/{PRIVATE}/mine/@v/list").body == b"v1.0.0\n"
    (audit,) = (registry.volume / ".audit").iterdir()
    told = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [line["verdict"] for line in told if line["module"] == f"{PRIVATE}/mine"] == [
        "begun",
        "new",
        "begun",
        "identical",
    ]
    assert {line["h1"] for line in told if line["module"] == f"{PRIVATE}/mine"} == {sent["h1"]}
