"""`gomod-token` as a process, the way an operator runs it."""

import stat
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gomod_service.tokens import Tokens

GLOB = "go.corp.example/*"


def gomod_token(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-c",
        "import sys; from gomod_service.token_cli import main; sys.exit(main())",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def new(file: Path, name: str = "ci", *more: str) -> "subprocess.CompletedProcess[str]":
    return gomod_token("new", name, "--modules", GLOB, "--file", file, *(more or ("--days", "30")))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.toml"


def test_a_new_token_works_and_is_printed_once_only(file: Path) -> None:
    made = new(file)
    assert made.returncode == 0
    secret = made.stdout.strip()
    token = Tokens(file).authenticate(secret)
    token.require("publish", "go.corp.example/x")
    assert abs(token.expires - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    assert secret not in file.read_text()
    assert secret not in gomod_token("list", "--file", file).stdout


def test_a_new_file_is_for_its_owner_only(file: Path) -> None:
    new(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_file_keeps_its_rights_and_what_stands_in_it(file: Path) -> None:
    file.write_text("# the tokens of the payments team\n")
    file.chmod(0o640)
    new(file, "one")
    new(file, "two")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_text().startswith("# the tokens of the payments team\n")
    assert [each["name"] for each in tomllib.loads(file.read_text())["token"]] == ["one", "two"]


def test_a_token_may_be_for_reading_or_for_both(file: Path) -> None:
    new(file, "reader", "--days", "1", "--scopes", "read")
    new(file, "both", "--days", "1", "--scopes", "read", "publish")
    listed = gomod_token("list", "--file", file).stdout.splitlines()
    assert [line.split()[3] for line in listed] == ["read", "publish,read"]
    assert new(file, "admin", "--days", "1", "--scopes", "admin").returncode == 2


def test_an_expiry_can_be_a_moment(file: Path) -> None:
    made = new(file, "ci", "--expires", "2999-01-31T12:00:00+02:00")
    assert Tokens(file).authenticate(made.stdout.strip()).expires == datetime(2999, 1, 31, 10, tzinfo=UTC)


def test_the_list_tells_what_has_expired(file: Path) -> None:
    new(file, "old", "--expires", "2020-01-01T00:00:00Z")
    new(file, "young", "--expires", "2999-01-01T00:00:00Z")
    assert gomod_token("list", "--file", file).stdout.splitlines() == [
        "old expired 2020-01-01T00:00:00+00:00 publish go.corp.example/*",
        "young expires 2999-01-01T00:00:00+00:00 publish go.corp.example/*",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--days", "0"],
        ["--days", "-1"],
        ["--days", "99999999999"],
        ["--expires", "tomorrow"],
        ["--expires", "2027-01-31T00:00:00"],
        ["--days", "1", "--expires", "2027-01-31T00:00:00Z"],
    ],
)
def test_a_token_without_a_good_expiry_is_not_made(file: Path, arguments: list[str]) -> None:
    refused = gomod_token("new", "ci", "--modules", GLOB, "--file", file, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert not file.exists()


@pytest.mark.parametrize(("name", "glob"), [("two words", GLOB), ("", GLOB), ("ci", "a,b"), ("ci", "")])
def test_a_wrong_name_or_glob_leaves_the_file_as_it_was(file: Path, name: str, glob: str) -> None:
    new(file, "first")
    before = file.read_bytes()
    refused = gomod_token("new", name, "--modules", glob, "--days", "1", "--file", file)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert file.read_bytes() == before


def test_a_name_is_given_once(file: Path) -> None:
    new(file)
    refused = new(file)
    assert refused.returncode == 1
    assert "name 'ci' stands in more than one [[token]]" in refused.stderr


def test_a_broken_file_is_not_touched(file: Path) -> None:
    file.write_text("not toml")
    refused = new(file)
    assert refused.returncode == 1
    assert "was not touched" in refused.stderr
    assert file.read_text() == "not toml"


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    refused = new(tmp_path / "absent" / "tokens.toml")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "No such file or directory" in refused.stderr


def test_tokens_made_at_the_same_time_are_all_kept(file: Path) -> None:
    names = [f"ci-{number}" for number in range(6)]
    with ThreadPoolExecutor() as pool:
        secrets = [made.stdout.strip() for made in pool.map(lambda name: new(file, name), names)]
    tokens = Tokens(file)
    assert [tokens.authenticate(secret).name for secret in secrets] == names


def test_the_help_teaches_by_example() -> None:
    shown = gomod_token("--help").stdout
    assert "gomod-token new ci-payments --modules" in shown
    assert "GOMOD_UPLOAD_TOKENS_FILE" in shown
    assert "GOMOD_READ_TOKENS_FILE" in shown
