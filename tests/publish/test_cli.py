"""The commands: what they print, what they need, how they end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from gomod_publish.__main__ import app
from gomod_publish.exits import MEANINGS, Exit
from scripts.deploy import ROOT
from scripts.local.venv import tool
from tests.publish.registry import TOKEN, URL, FakeRegistry, problem
from tests.publish.repository import GO, GitRepository

GO_MOD = "module go.example.test/x\n\ngo 1.21\n"
VERSION = "go.example.test/x@v1.0.0"


@pytest.fixture
def module(repository: GitRepository) -> Path:
    """A module at v1.0.0."""
    repository.commit({"go.mod": GO_MOD, "x.go": "package x\n"}, "v1.0.0")
    return repository.path


@pytest.fixture
def registry_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that every upload needs."""
    monkeypatch.setenv("GO_REGISTRY_URL", URL)
    monkeypatch.setenv("GO_REGISTRY_TOKEN", TOKEN)


@pytest.fixture
def run_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variables that `run` needs."""
    monkeypatch.setenv("GO_REGISTRY_URL", URL)
    monkeypatch.setenv("GO_REGISTRY_TOKEN", TOKEN)
    monkeypatch.setenv("GOPROXY", URL)
    monkeypatch.setenv("GOPRIVATE", "go.example.test/*")
    monkeypatch.setenv("GONOSUMDB", "go.example.test/*")
    monkeypatch.setenv("GOWORK", "off")
    monkeypatch.setenv("GO_SMOKE_PUBLIC_MODULE", "github.com/google/uuid@v1.6.0")
    monkeypatch.setenv("GO_STATE_DIR", str(tmp_path / "state"))


def _packed(*modules: Path) -> Path:
    """A folder with the modules packed."""
    out = modules[0].parent / "packed-module"
    assert invoke("pack", *modules, "-o", out).exit_code == Exit.DONE
    return out


def invoke(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("registry_variables")
def test_what_is_packed_is_sent(fake: FakeRegistry, module: Path) -> None:
    done = invoke("upload", _packed(module))
    assert done.exit_code == Exit.DONE
    assert f"sending {VERSION}, " in done.stdout
    assert f"uploaded {VERSION} h1:" in done.stdout
    assert len(fake.files) == 3


def test_a_password_in_the_registrys_url_is_a_usage_error_and_shown_nowhere(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _packed(module)
    monkeypatch.setenv("GO_REGISTRY_URL", "https://user:s3cret@go.example.test")
    monkeypatch.setenv("GO_REGISTRY_TOKEN", TOKEN)
    done = invoke("upload", out, "--json")
    assert done.exit_code == Exit.USAGE
    assert json.loads(done.stdout)["error"]["kind"] == "usage"
    assert "s3cret" not in done.output


@pytest.mark.usefixtures("registry_variables")
def test_sending_twice_is_a_success(fake: FakeRegistry, module: Path) -> None:
    invoke("upload", _packed(module))
    done = invoke("upload", _packed(module))
    assert done.exit_code == Exit.DONE
    assert f"was there already, identical: {VERSION}" in done.stdout
    assert len(fake.uploads) == 2


@pytest.mark.usefixtures("registry_variables")
def test_several_modules_of_one_repository_at_once(fake: FakeRegistry, repository: GitRepository) -> None:
    sub = "module go.example.test/x/telemetry\n"
    repository.commit({"go.mod": GO_MOD, "telemetry/go.mod": sub}, "v1.0.0", "telemetry/v0.2.0")
    done = invoke("upload", "--json", _packed(repository.path, repository.path / "telemetry"))
    assert [(each["module"], each["version"]) for each in json.loads(done.stdout)["versions"]] == [
        ("go.example.test/x", "v1.0.0"),
        ("go.example.test/x/telemetry", "v0.2.0"),
    ]
    assert len(fake.files) == 6


@pytest.mark.usefixtures("run_variables")
def test_nothing_is_sent_when_one_module_can_not_be_packed(fake: FakeRegistry, module: Path, tmp_path: Path) -> None:
    done = invoke("run", module, tmp_path)
    assert done.exit_code == Exit.SOURCE
    assert "not in a git work tree" in done.stderr
    assert fake.requests == []


@pytest.mark.usefixtures("run_variables")
def test_nothing_is_sent_from_a_machine_without_go(
    fake: FakeRegistry, module: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = invoke("run", module)
    assert done.exit_code == Exit.FAILED
    assert "no go command on the PATH" in done.stderr
    assert fake.requests == []


@pytest.mark.usefixtures("run_variables")
def test_nothing_is_sent_that_is_not_under_the_own_prefixes(
    fake: FakeRegistry, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPRIVATE", "go.corp.test/*,go.example.test/y")
    done = invoke("run", module)
    assert done.exit_code == Exit.USAGE
    assert "so consumers would look for go.example.test/x in public" in done.stderr
    assert fake.requests == []


@pytest.mark.usefixtures("run_variables")
def test_nothing_is_sent_when_two_modules_would_have_one_key_in_the_state(
    fake: FakeRegistry, repository: GitRepository
) -> None:
    files = {"a/b/go.mod": "module go.example.test/a/b\n", "a-b/go.mod": "module go.example.test/a-b\n"}
    repository.commit(files, "a/b/v1.0.0", "a-b/v1.0.0")
    done = invoke("run", repository.path / "a/b", repository.path / "a-b")
    assert done.exit_code == Exit.SOURCE
    assert "both have the key a-b.json" in done.stderr
    assert fake.requests == []


@pytest.mark.parametrize("command", ["run", "upload", "smoke"])
def test_all_missing_variables_are_named_at_once_and_nothing_is_sent(
    fake: FakeRegistry, module: Path, command: str
) -> None:
    url = "GO_REGISTRY_URL is not set"
    token = "GO_REGISTRY_TOKEN is not set (nor GO_REGISTRY_TOKEN_FILE, nor GO_REGISTRY_OIDC_AUDIENCE)"
    smoke = (
        "GOPROXY, GOPRIVATE, GONOSUMDB, GOWORK are not set; GO_SMOKE_PUBLIC_MODULE is not set:"
        " a public module to fetch twice, like github.com/google/uuid@v1.6.0"
    )
    state = "neither GO_STATE_CONFIGMAP nor GO_STATE_DIR is set: the state has to go somewhere"
    named = {"run": [url, token, smoke, state], "upload": [url, token], "smoke": [url, smoke]}
    done = invoke(command, module)
    assert done.exit_code == Exit.USAGE
    assert done.stderr == f"gomod-publish: {'; '.join(named[command])}\n"
    assert fake.requests == []


@pytest.mark.usefixtures("run_variables")
@pytest.mark.parametrize("expected", ["go.example.test/y", "go.example.test/x", "go.example.test/x, go.example.test/y"])
def test_no_other_module_than_those_in_go_module_path_is_published(
    fake: FakeRegistry, repository: GitRepository, monkeypatch: pytest.MonkeyPatch, expected: str
) -> None:
    repository.commit({"go.mod": GO_MOD, "z/go.mod": "module go.example.test/x/z\n"}, "v1.0.0", "z/v1.0.0")
    monkeypatch.setenv("GO_MODULE_PATH", expected)
    done = invoke("run", repository.path, repository.path / "z")
    assert done.exit_code == Exit.USAGE
    assert f"GO_MODULE_PATH is '{expected}', but go.mod says" in done.stderr
    assert "go.example.test/x/z: is this the right checkout?" in done.stderr
    assert fake.requests == []


def test_pack_needs_no_registry_and_go_reads_what_it_makes(module: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = invoke("pack", module, "-o", out, "--json")
    assert done.exit_code == Exit.DONE
    told = json.loads(done.stdout)["versions"][0]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GOPROXY": out.as_uri(),
        "GONOSUMDB": "*",
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
    }
    command = [str(GO), "mod", "download", "-json", VERSION]
    theirs = json.loads(subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True).stdout)
    assert (told["h1"], told["go_mod_h1"]) == (theirs["Sum"], theirs["GoModSum"])
    assert theirs["Origin"]["Hash"] == told["commit"]


@pytest.mark.usefixtures("registry_variables")
def test_upload_sends_what_was_packed_before(
    fake: FakeRegistry, repository: GitRepository, module: Path, tmp_path: Path
) -> None:
    invoke("pack", module, "-o", tmp_path / "out")
    repository.commit({"x.go": "package x // more\n"}, "v1.1.0")
    invoke("pack", module, "-o", tmp_path / "out")
    done = invoke("upload", tmp_path / "out", "--json")
    assert done.exit_code == Exit.DONE
    assert [each["version"] for each in json.loads(done.stdout)["versions"]] == ["v1.0.0", "v1.1.0"]
    assert [form["version"] for form in fake.uploads] == [b"v1.0.0", b"v1.1.0"]
    assert len(fake.requests) == 2


@pytest.mark.usefixtures("registry_variables")
def test_upload_of_a_folder_with_nothing_packed_says_how_to_pack(fake: FakeRegistry, tmp_path: Path) -> None:
    done = invoke("upload", tmp_path)
    assert done.exit_code == Exit.SOURCE
    assert "gomod-publish pack DIR -o" in done.stderr
    (tmp_path / "go.example.test").mkdir()
    (tmp_path / "go.example.test/v1.0.0.info").write_text("{}")
    done = invoke("upload", tmp_path)
    assert done.exit_code == Exit.SOURCE
    assert "is not where `gomod-publish pack` puts an .info" in done.stderr
    assert fake.requests == []


@pytest.mark.usefixtures("run_variables")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_cancelled_leaves_nothing_behind(
    module: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setenv("PATH", f"{GO.parent}:{os.environ['PATH']}")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("GO_REGISTRY_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with subprocess.Popen([tool("gomod-publish"), "run", module], stdout=subprocess.DEVNULL) as job:
            connection, _ = silent.accept()  # it has packed, and now it sends
            assert list((tmp_path / "scratch").iterdir()) != []
            job.send_signal(number)
            assert job.wait(30) == 128 + number
            connection.close()
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.usefixtures("registry_variables")
def test_json_is_all_that_goes_to_stdout(fake: FakeRegistry, module: Path) -> None:
    done = invoke("upload", "--json", _packed(module))
    (told,) = json.loads(done.stdout)["versions"]
    assert "sending" in done.stderr
    assert told.items() >= {"module": "go.example.test/x", "version": "v1.0.0", "registry": URL, "new": True}.items()
    assert told["time"] == "2023-11-14T23:13:20Z"
    assert len(fake.files) == 3


@pytest.mark.usefixtures("registry_variables")
def test_json_tells_of_a_failure_and_of_what_was_done_before_it(fake: FakeRegistry, repository: GitRepository) -> None:
    repository.commit({"go.mod": GO_MOD, "y/go.mod": "module go.example.test/x/y\n"}, "v1.0.0", "y/v1.0.0")
    out = _packed(repository.path, repository.path / "y")
    fake.failures += [httpx.Response(201, json={}), problem(409, "already-exists", "no")]
    done = invoke("upload", "--json", out)
    told = json.loads(done.stdout)
    assert done.exit_code == Exit.CONFLICT
    assert [each["module"] for each in told["versions"]] == ["go.example.test/x"]
    assert told["error"]["kind"] == "conflict"
    assert told["error"]["message"] in done.stderr


@pytest.mark.usefixtures("registry_variables")
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (problem(401, "unauthenticated", "no such token"), Exit.REFUSED),
        (problem(422, "invalid-module", "bad", violations=[{"code": "bad", "message": "bad"}]), Exit.REFUSED),
        (problem(409, "already-exists", "no"), Exit.CONFLICT),
        (problem(507, "store-full", "no room"), Exit.UNREACHABLE),
    ],
)
def test_every_kind_of_failure_has_its_exit_status(
    fake: FakeRegistry, module: Path, answer: httpx.Response, status: Exit
) -> None:
    fake.failures.append(answer)
    done = invoke("upload", _packed(module))
    assert done.exit_code == status
    assert done.stderr.startswith("gomod-publish: ")


@pytest.mark.usefixtures("fake")
def test_a_token_file_that_is_not_there_is_told_as_such(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_REGISTRY_URL", URL)
    monkeypatch.setenv("GO_REGISTRY_TOKEN_FILE", str(tmp_path / "absent"))
    done = invoke("upload", _packed(module))
    assert done.exit_code == Exit.USAGE
    assert f"no token in {tmp_path / 'absent'}: No such file or directory" in done.stderr


@pytest.mark.usefixtures("registry_variables")
def test_warnings_of_the_registry_are_shown(fake: FakeRegistry, module: Path) -> None:
    fake.failures.append(httpx.Response(200, json={"warnings": [{"code": "replace", "message": "a replace"}]}))
    done = invoke("upload", _packed(module))
    assert "  warning: a replace" in done.stdout


def test_each_broken_rule_has_a_line_of_its_own(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD, "bad?.txt": "", "aux.txt": ""})
    done = invoke("pack", repository.path, "-o", tmp_path / "out")
    assert done.exit_code == Exit.SOURCE
    assert [line for line in done.stderr.splitlines() if "bad?.txt" in line or "aux.txt" in line] == (
        done.stderr.splitlines()
    )
    assert len(done.stderr.splitlines()) == 2


def test_a_folder_that_can_not_be_written_is_this_machines_fault(module: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = invoke("pack", module, "-o", tmp_path / "file")
    assert done.exit_code == Exit.FAILED
    assert "Not a directory" in done.stderr


def test_tags_that_are_no_release_are_remarked_on(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"go.mod": GO_MOD}, "2.0.0", "v2.0.0")
    done = invoke("pack", repository.path, "-o", tmp_path / "out")
    assert "not a release, despite 2.0.0, v2.0.0: its tags look like v1.2.3" in done.stdout


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_that_the_terminal_can_not_show_are_no_reason_to_fail(
    repository: GitRepository, tmp_path: Path, encoding: str
) -> None:
    repository.commit({"go.mod": GO_MOD})
    for tag in (b"latin-\xfc", "größer".encode()):
        subprocess.run([b"git", b"tag", tag], cwd=repository.path, check=True)
    subprocess.run([b"git", b"checkout", b"--quiet", b"-b", b"gr\xfcn"], cwd=repository.path, check=True)

    def pack() -> "subprocess.CompletedProcess[str]":
        command = [str(tool("gomod-publish")), "pack", str(repository.path), "-o", str(tmp_path / "out")]
        environ = os.environ | {"PYTHONIOENCODING": encoding}
        return subprocess.run(command, env=environ, capture_output=True, text=True)

    done = pack()
    assert done.returncode == Exit.DONE, done.stderr
    assert "not a release, despite" in done.stdout
    (info,) = (tmp_path / "out").rglob("*.info")
    assert json.loads(info.read_text())["Origin"]["Ref"] == "refs/heads/gr\N{REPLACEMENT CHARACTER}n"  # as go has it
    Path(os.fsdecode(os.fsencode(repository.path) + b"/n\xfc.go")).touch()
    done = pack()
    assert done.returncode == Exit.SOURCE
    assert done.stderr.startswith("gomod-publish: go.example.test/x: the work tree differs from its commit")


def test_paths_that_look_like_markup_are_printed_as_they_are(tmp_path: Path) -> None:
    done = invoke("pack", tmp_path / "[bold]nowhere[/bold]", "-o", tmp_path / "out")
    assert "[bold]nowhere[/bold] is not a folder" in done.stderr


def test_help_teaches_variables_and_exit_statuses() -> None:
    for command in ("run", "upload", "smoke"):
        told = invoke(command, "--help").stdout
        assert "GO_REGISTRY_URL" in told
        assert "GO_REGISTRY_TOKEN" in told
        for status, meaning in MEANINGS.items():
            assert f"{status.value}  {meaning}" in told


def test_the_documentation_has_every_exit_status_and_no_other() -> None:
    table = (ROOT / "docs/publishing.md").read_text().split("| exit status | meaning |\n")[1].split("\n\n")[0]
    assert [int(row.split("|")[1]) for row in table.splitlines()[1:]] == [status.value for status in MEANINGS]


def test_the_client_needs_no_server_library() -> None:
    program = "import sys, gomod_publish.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    servers = {"gomod_service", "gomod_storage", "starlette", "hypercorn", "aiohttp", "structlog", "prometheus_client"}
    assert not servers & {name.partition(".")[0] for name in done.stdout.split()}
