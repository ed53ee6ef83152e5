"""The rules of tests/conftest.py and tests/proxy/conftest.py, seen from outside: a pytest run of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml

from gomod_service.serve import ServerName
from scripts.local import ROOT

CONFTEST = Path(__file__).with_name("conftest.py")
CHART = yaml.safe_load((ROOT / "deploy/helm/gomod-proxy/values.yaml").read_text())
CHARTS_SERVER = CHART["settings"]["tuning"]["GOMOD_SERVER"]

SKIPS = """
import pytest
def test_skips() -> None: pytest.skip("no strace here")
"""
SKIPS_BY_MARK = """
import pytest
@pytest.mark.skipif(True, reason="never")
def test_skips() -> None: ...
"""
SKIPS_AT_IMPORT = """
import pytest
pytest.skip("not on this machine", allow_module_level=True)
"""
SKIPS_AND_MAY = """
import pytest
@pytest.mark.may_skip(reason="needs a kernel that CI has not")
def test_skips() -> None: pytest.skip("no such kernel")
def test_passes() -> None: ...
"""
FAILS_AS_EXPECTED = """
import pytest
@pytest.mark.xfail(reason="known")
def test_fails() -> None: assert False
"""


def run(folder: Path, test: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    environ = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        env=environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("test", [SKIPS, SKIPS_BY_MARK, SKIPS_AT_IMPORT])
def test_a_skipped_test_fails_the_run_in_ci_and_nowhere_else(tmp_path: Path, test: str) -> None:
    in_ci = run(tmp_path, test, CI="true")
    assert in_ci.returncode not in (0, 5)
    assert "skipped in CI, where everything must run" in in_ci.stdout
    # pytest's 5: nothing was collected, which is what a file that skips itself comes to.
    assert run(tmp_path, test).returncode in (0, 5)


@pytest.mark.parametrize("test", [SKIPS_AND_MAY, FAILS_AS_EXPECTED])
def test_a_marker_with_a_reason_and_an_expected_failure_are_fine_in_ci(tmp_path: Path, test: str) -> None:
    assert run(tmp_path, test, CI="true").returncode == 0


def test_the_outer_worlds_variables_do_not_reach_a_test(tmp_path: Path) -> None:
    test = """
import os
def test_it() -> None:
    assert not [name for name in os.environ if name.startswith(("GO", "GIT_"))]
    assert os.environ["TESTS_OUTER_GOPROXY"] == "off"
"""
    ended = run(tmp_path, test, GOFLAGS="-x", GOPROXY="off", GOMOD_BIND="x", GIT_DIR="/nowhere")
    assert ended.returncode == 0, ended.stdout


def test_where_one_test_sends_the_log_is_not_where_the_next_one_does(tmp_path: Path) -> None:
    test = """
import logging
import structlog
from gomod_service.logs import configure_logging
def test_first() -> None: configure_logging("error", "console")
def test_next(capsys) -> None:
    structlog.get_logger("x").warning("seen")
    assert "seen" in capsys.readouterr().out
def test_the_standard_librarys(caplog) -> None:
    logging.getLogger("x").warning("seen")
    assert "seen" in caplog.text
"""
    ended = run(tmp_path, test)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(("ci", "servers"), [("true", set(get_args(ServerName))), ("", {CHARTS_SERVER})])
def test_a_proxy_is_asked_on_every_server_in_ci_and_on_the_charts_by_hand(ci: str, servers: set[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests/proxy/test_writes.py"]
    ended = subprocess.run(command, env=os.environ | {"CI": ci}, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"\[(\w+)", ended.stdout)) == servers


def test_what_takes_long_begins_first_and_all_else_stays_in_its_order(tmp_path: Path) -> None:
    test = """
import pytest
seen = []
def test_short() -> None: seen.append("short")
@pytest.mark.takes_long
def test_long() -> None: seen.append("long")
def test_last() -> None: assert seen == ["long", "short"]
"""
    ended = run(tmp_path, test)
    assert ended.returncode == 0, ended.stdout
