"""The policy file: what its lines mean, and what the proxy makes of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gomod_proxy.policy import parse_policy
from gomod_proxy.version_ranges import parse_range
from gomod_service.settings import SettingsError
from tests.goproxy_server import Answer, GoProxyServer, make_info
from tests.proxy.publishing import publish
from tests.proxy.running import OWN, environment, running

POLICY = b"""\
# what Athens' file can say, and a little more
D
-  github.com/evil          # everything below it,
+\tgithub.com/evil/good     # except this
- github.com/some/lib v1.2.3,~v1.4.0,<v0.9
+ github.com/evil/half v2
- *.corp.example/secret
cooldown 7 github.com/*
cooldown 0 github.com/trusted/*
"""


@pytest.mark.parametrize(
    ("path", "version", "line"),
    [
        ("github.com/google/uuid", "v1.6.0", None),
        ("github.com/evil", "v1.0.0", 3),
        ("github.com/evil/x/y", "v1.0.0", 3),
        ("github.com/evilish/x", "v1.0.0", None),
        ("github.com/evil/good", "v1.0.0", None),
        ("github.com/evil/good/sub", "v1.0.0", None),
        ("github.com/evil/half", "v1.0.0", 3),
        ("github.com/evil/half/v2", "v2.0.0", None),
        ("github.com/some/lib", "v1.2.3", 5),
        ("github.com/some/lib", "v1.2.30", None),  # a version is no prefix of digits
        ("github.com/some/lib", "v1.4.7", 5),
        ("github.com/some/lib", "v1.5.0", None),
        ("github.com/some/lib", "v0.8.0", 5),
        ("github.com/some/lib", "v0.9.0-rc.1", None),
        ("a.corp.example/secret/x", "v1.0.0", 7),
        ("a.corp.example/open", "v1.0.0", None),
    ],
)
def test_the_longest_pattern_decides(path: str, version: str, line: int | None) -> None:
    rule = parse_policy(POLICY).refusal(path, version)
    assert (rule.line if rule else None) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("github.com/evil/x", 3),
        ("github.com/evil/half", None),  # some versions of it are served
        ("github.com/some/lib", None),
        ("github.com/google/uuid", None),
    ],
)
def test_a_module_is_refused_as_a_whole_when_no_version_is_left(path: str, line: int | None) -> None:
    rule = parse_policy(POLICY).whole_refusal(path)
    assert (rule.line if rule else None) == line


@pytest.mark.parametrize(
    ("path", "days"), [("github.com/x/y", 7), ("github.com/trusted/y", None), ("gitlab.com/x/y", None)]
)
def test_a_cooldown_has_exceptions(path: str, days: int | None) -> None:
    cooldown = parse_policy(POLICY).cooldown(path)
    assert (cooldown.age.days if cooldown else None) == days


@pytest.mark.parametrize(
    ("text", "holds", "not_"),
    [
        ("v1", "v1.0.0-0 v1.0.0 v1.99.99 v1.0.1-0.20240102030405-0123456789ab", "v0.9.9 v2.0.0-rc.1 v10.0.0"),
        ("v1.2", "v1.2.0-rc.1 v1.2.0 v1.2.99", "v1.1.9 v1.3.0-rc.1 v1.20.0"),
        ("v1.2.3", "v1.2.3", "v1.2.3-rc.1 v1.2.4-rc.1 v1.2.30"),
        ("1.2.3", "v1.2.3", "v1.2.4"),
        ("v1.2.3-rc.1", "v1.2.3-rc.1", "v1.2.3 v1.2.3-rc.2 v1.2.3-rc.10 v1.2.3-rc.1.0"),
        ("v2.0.0+incompatible", "v2.0.0+incompatible", "v2.0.1+incompatible"),
        ("~v1.2.3", "v1.2.3 v1.2.4-rc.1 v1.2.9", "v1.2.3-rc.1 v1.3.0-rc.1"),
        ("^v1.2.3", "v1.2.3 v1.9.0", "v1.2.2 v2.0.0-rc.1"),
        ("<v1.2.3", "v0.0.1 v1.2.2", "v1.2.3-rc.1 v1.2.3"),
        ("<v2", "v1.99.0", "v2.0.0-rc.1"),
        ("<=v1.2.3", "v1.2.3 v1.2.2", "v1.2.4-rc.1"),
        (">v1.2.3", "v1.2.4-rc.1 v3.0.0", "v1.2.3"),
        (">=v1.2.3", "v1.2.3 v3.0.0", "v1.2.3-rc.1"),
    ],
)
def test_a_range_holds_what_it_says(text: str, holds: str, not_: str) -> None:
    versions = parse_range(text)
    assert [version for version in (holds + " " + not_).split() if versions.holds(version)] == holds.split()


@pytest.mark.parametrize(
    "line",
    [
        "* x",
        "+ a b c",
        "- x v1.x",
        "cooldown soon x",
        "cooldown 3 a b",
        "+ x v01.2.3",
        # What would never refuse anything:
        "- https://github.com/evil",
        "- github.com/evil@v1.0.0",
        "- github.com/!azure/x",
        "- github.com/[evil",
        "- github.com/evil/...",
        "- /github.com/evil",
        "- github.com/evil,github.com/bad",
        "cooldown 7 github.com/[a",
    ],
)
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(SettingsError, match="line 2:"):
        parse_policy(f"D\n{line}\n".encode())


KINDS = ("info", "mod", "zip")


async def test_refusal_is_403_with_the_rule_before_anybody_is_asked(
    upstream: GoProxyServer, volume: Path, tmp_path: Path
) -> None:
    upstream.add("github.com/evil/x", "v1.0.0")
    (tmp_path / "policy").write_bytes(POLICY)
    async with running(environment(volume, upstream.url, GOMOD_POLICY_FILE=str(tmp_path / "policy"))) as proxy:
        for end in ("@v/list", "@latest", "@v/main.info", *(f"@v/v1.0.0.{kind}" for kind in KINDS)):
            answer = await proxy.get(f"/github.com/evil/x/{end}")
            assert answer.status_code == 403, end
            assert "line 3: `-  github.com/evil`" in answer.text
    assert upstream.asked() == []


async def test_refused_versions_are_in_no_list_and_never_the_latest(
    upstream: GoProxyServer, volume: Path, tmp_path: Path
) -> None:
    path = "gitlab.com/some/lib"
    for version in ("v1.0.0", "v1.1.0", "v1.2.0"):
        upstream.add(path, version)
    (tmp_path / "policy").write_text(f"- {path} >=v1.2\n")
    async with running(environment(volume, upstream.url, GOMOD_POLICY_FILE=str(tmp_path / "policy"))) as proxy:
        assert (await proxy.get(f"/{path}/@v/list")).text == "v1.0.0\nv1.1.0\n"
        assert (await proxy.get(f"/{path}/@latest")).json()["Version"] == "v1.1.0"
        assert (await proxy.get(f"/{path}/@v/v1.2.0.zip")).status_code == 403
        assert (await proxy.get(f"/{path}/@v/v1.1.0.zip")).status_code == 200


async def test_own_modules_are_no_part_of_everything_else(volume: Path, tmp_path: Path) -> None:
    for version in ("v1.0.0", "v1.1.0"):
        await publish(volume, f"{OWN}/sdk", version)
    (tmp_path / "policy").write_text(f"-\n- {OWN}/sdk v1.1.0\ncooldown 3650\n")
    async with running(environment(volume, "off", GOMOD_POLICY_FILE=str(tmp_path / "policy"))) as proxy:
        assert (await proxy.get(f"/{OWN}/sdk/@v/list")).text == "v1.0.0\n"
        assert (await proxy.get(f"/{OWN}/sdk/@v/v1.1.0.zip")).status_code == 403
        assert (await proxy.get("/github.com/google/uuid/@v/list")).status_code == 403


PATH = "github.com/some/lib"


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_young_public_versions_wait(upstream: GoProxyServer, volume: Path, tmp_path: Path) -> None:
    for version, days in (("v1.0.0", 30), ("v1.1.0", 8), ("v1.2.0", 2)):
        upstream.add(PATH, version, info=make_info(version, days_ago(days)))
    upstream.answers[f"/{PATH}/@v/main.info"] = Answer(make_info("v1.2.0", days_ago(2)))
    upstream.answers[f"/{PATH}/@v/old-branch.info"] = Answer(make_info("v1.1.0", days_ago(8)))
    (tmp_path / "policy").write_text("cooldown 7\n")
    async with running(environment(volume, upstream.url, GOMOD_POLICY_FILE=str(tmp_path / "policy"))) as proxy:
        assert (await proxy.get(f"/{PATH}/@v/list")).text == "v1.0.0\nv1.1.0\n"
        for latest in ("@latest", "@v/latest.info", "@v/old-branch.info"):
            assert (await proxy.get(f"/{PATH}/{latest}")).json()["Version"] == "v1.1.0"
        for end in ("@v/main.info", *(f"@v/v1.2.0.{kind}" for kind in KINDS)):
            answer = await proxy.get(f"/{PATH}/{end}")
            assert (answer.status_code, "7 days" in answer.text) == (403, True), end
        for kind in KINDS:
            assert (await proxy.get(f"/{PATH}/@v/v1.1.0.{kind}")).status_code == 200
    assert f"/{PATH}/@v/v1.2.0.zip" not in upstream.asked()


@pytest.mark.parametrize("mode", ["strict", "fallback", "offline"])
async def test_young_versions_wait_though_they_are_stored_and_upstream_is_away(
    volume: Path, tmp_path: Path, mode: str
) -> None:
    for version, days in (("v1.0.0", 30), ("v1.1.0", 2)):
        await publish(volume, PATH, version, days_ago(days))
    (tmp_path / "policy").write_text("cooldown 7\n")
    environ = environment(volume, "http://127.0.0.1:1", mode, GOMOD_POLICY_FILE=str(tmp_path / "policy"))
    async with running(environ) as proxy:
        header = {"disable_module_fetch": "true"} if mode == "strict" else {}
        assert (await proxy.get(f"/{PATH}/@v/list", **header)).text == "v1.0.0\n"
        assert (await proxy.get(f"/{PATH}/@latest", **header)).json()["Version"] == "v1.0.0"
        for kind in KINDS:
            statuses = [(await proxy.get(f"/{PATH}/@v/{each}.{kind}")).status_code for each in ("v1.0.0", "v1.1.0")]
            assert statuses == [200, 403]
        for feed in ("/catalog", "/index"):
            assert ("v1.0.0" in (told := (await proxy.get(feed)).text), "v1.1.0" in told) == (True, False)


async def test_the_policy_is_read_again_and_the_last_good_one_holds(volume: Path, tmp_path: Path) -> None:
    await publish(volume, f"{OWN}/sdk", "v1.0.0")
    file = tmp_path / "policy"
    file.write_text("")
    failures = "gomod_reload_failures_total", {"file": "policy"}
    async with running(environment(volume, "off", GOMOD_POLICY_FILE=str(file))) as proxy:
        before = REGISTRY.get_sample_value(*failures)
        assert before is not None
        with capture_logs() as logs:
            for text, status, failed in ((f"- {OWN}/sdk", 403, 0), ("- x\nwhat is this", 403, 1), ("D", 200, 1)):
                (tmp_path / "new").write_text(text)
                (tmp_path / "new").replace(file)
                for _ in range(2):
                    assert (await proxy.get(f"/{OWN}/sdk/@v/list")).status_code == status, text
                assert REGISTRY.get_sample_value(*failures) == before + failed
            file.unlink()
            assert (await proxy.get(f"/{OWN}/sdk/@v/list")).status_code == 200
            assert REGISTRY.get_sample_value(*failures) == before + 2
    told = [entry for entry in logs if entry["event"] == "file_not_reloaded"]
    assert [(entry["log_level"], entry["kind"], entry["problem"][:9]) for entry in told] == [
        ("error", "policy", "  line 2:"),
        ("error", "policy", "No such f"),
    ]
