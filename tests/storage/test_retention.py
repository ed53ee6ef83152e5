"""What may be deleted, and above all what may not."""

from datetime import date, timedelta

import pytest

from gomod.module import ModuleVersion
from gomod_storage.retention import Policy, Stored, judge

TODAY = date(2026, 11, 24)
OURS = "git.example.com/Team/lib"
THEIRS = "github.com/Azure/x"
EVERYTHING = Policy(pseudo_days=30, keep_newest=1, public_bytes=0, pinned=frozenset())


def pseudo(day: int) -> str:
    return f"v0.0.0-202601{day:02}000000-abcdefabcdef"


def stored(path: str, version: str, unused_days: int = 100, *, size: int = 10, withdrawn: bool = False) -> Stored:
    used = TODAY - timedelta(days=unused_days)
    return Stored(ModuleVersion(path, version), path == OURS, withdrawn, size, used, edition=(1, 1))


def culled(policy: Policy, *versions: Stored) -> list[str]:
    return [str(verdict.stored.module) for verdict in judge(versions, policy, TODAY) if verdict.cull]


@pytest.mark.parametrize("version", ["v1.0.0", "v0.1.0-rc.1", "v2.0.0+incompatible"])
def test_a_tagged_version_of_ours_is_never_culled(version: str) -> None:
    assert culled(EVERYTHING, stored(OURS, version, 10_000)) == []


def test_every_version_gets_a_verdict_with_its_reason() -> None:
    versions = [stored(OURS, "v1.0.0"), stored(OURS, pseudo(1)), stored(OURS, pseudo(2)), stored(THEIRS, "v1.0.0")]
    verdicts = {each.stored.module.version: (each.cull, each.reason) for each in judge(versions[:3], EVERYTHING, TODAY)}
    assert verdicts == {
        "v1.0.0": (False, "a release of our own"),
        pseudo(2): (False, "among the newest 1"),
        pseudo(1): (True, "last used on 2026-08-16, as far as is known"),
    }
    assert len(list(judge(versions, EVERYTHING, TODAY))) == 4


def test_pseudo_versions_of_ours_go_by_age_since_their_last_use() -> None:
    versions = [stored(OURS, pseudo(1), 31), stored(OURS, pseudo(2), 30), stored(OURS, pseudo(3), 500)]
    assert culled(EVERYTHING, *versions) == [f"{OURS}@{pseudo(1)}"]


def test_the_newest_of_each_module_stay_by_their_own_time_whatever_their_base() -> None:
    newer = "v0.9.1-0.20260201000000-abcdefabcdef"
    older = "v1.2.1-0.20250101000000-abcdefabcdef"
    assert culled(EVERYTHING, stored(OURS, older), stored(OURS, newer)) == [f"{OURS}@{older}"]
    keep_two = Policy(30, 2, None, frozenset())
    assert culled(keep_two, stored(OURS, older), stored(OURS, newer)) == []


def test_what_is_pinned_or_withdrawn_stays() -> None:
    pinned = Policy(30, 1, 0, frozenset({ModuleVersion(OURS, pseudo(1)), ModuleVersion(THEIRS, "v1.0.0")}))
    versions = [stored(OURS, pseudo(1)), stored(OURS, pseudo(2), withdrawn=True), stored(OURS, pseudo(3))]
    assert culled(pinned, *versions, stored(THEIRS, "v1.0.0")) == []


def test_public_versions_go_least_recently_used_first_until_the_rest_fits() -> None:
    versions = [stored(THEIRS, f"v1.{minor}.0", unused) for minor, unused in enumerate([10, 30, 20, 40])]
    assert culled(Policy(None, 1, 25, frozenset()), *versions) == [f"{THEIRS}@v1.3.0", f"{THEIRS}@v1.1.0"]
    assert culled(Policy(None, 1, 40, frozenset()), *versions) == []


def test_what_is_pinned_takes_room_in_the_quota() -> None:
    versions = [stored(THEIRS, "v1.0.0", 5), stored(THEIRS, "v1.1.0", 50)]
    policy = Policy(None, 1, 10, frozenset({ModuleVersion(THEIRS, "v1.1.0")}))
    assert culled(policy, *versions) == [f"{THEIRS}@v1.0.0"]


def test_our_own_take_no_room_in_the_quota() -> None:
    policy = Policy(None, 1, 10, frozenset())
    assert culled(policy, stored(OURS, "v1.0.0", size=1000), stored(THEIRS, "v1.0.0")) == []


def test_what_was_used_yesterday_stays_above_the_quota() -> None:
    assert culled(EVERYTHING, stored(THEIRS, "v1.0.0", 1), stored(THEIRS, "v1.1.0", 2)) == [f"{THEIRS}@v1.1.0"]


def test_public_pseudo_versions_are_public_versions() -> None:
    assert culled(Policy(1, 1, None, frozenset()), stored(THEIRS, pseudo(1), 999), stored(THEIRS, pseudo(2), 999)) == []


def test_without_limits_nothing_goes() -> None:
    nothing = Policy(None, 1, None, frozenset())
    assert culled(nothing, stored(OURS, pseudo(1), 9999), stored(OURS, pseudo(2), 9999), stored(THEIRS, "v1.0.0")) == []
