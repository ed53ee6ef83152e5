"""The program killed at each of its system calls, and failed at each: what is on the volume then is never torn."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from gomod.errors import AlreadyExists
from gomod_storage import Staging, gone, parts, removal, repair, scrub, version_folder
from gomod_storage.commit import commit
from gomod_storage.pace import at_once
from gomod_storage.places import Places
from gomod_storage.staging import hold
from tests.storage import crash_driver, strace
from tests.storage.checks import assert_not_projected, assert_projected, assert_tidy, files_of, stored
from tests.storage.modules import Packed, pack

OURS = pack("git.example.com/Team/lib", "v1.0.0")
OTHER = pack("git.example.com/Team/lib", "v1.0.0", "package other\n")
BEFORE = pack("git.example.com/Team/lib", "v0.9.0")

LEFT_BY_ATHENS = {"go.mod", "source.zip"}

Run = Callable[[Path, strace.Program], None]

# Each call that can fail is failed with each of these: the disk is broken, full, read-only …
ERRORS = ("EIO", "ENOSPC", "EROFS")
# … or with what only this call says.
MORE_ERRORS = {"openat": ("EACCES",), "link": ("EMLINK", "EPERM"), "flock": ("ENOLCK",)}


def faults(calls: list[strace.Call]) -> list[tuple[strace.Call, str]]:
    """The calls to fail, each with each of its errors."""
    return [(call, error) for call in calls for error in (*ERRORS, *MORE_ERRORS.get(call.name, ()))]


def publish(root: Path, packed: Packed) -> bool:
    with hold(Places(root)) as staging:
        return commit(Places(root), packed.write(staging))


def nothing(root: Path) -> None:
    """An empty volume."""
    assert root


def torn(root: Path) -> None:
    """What a crash of Athens leaves, beside a version and parts of ours."""
    publish(root, BEFORE)
    parts.keep(Places(root), OURS.module, "info", OURS.info)
    (OURS.write_as_athens(root) / "v1.0.0.info").unlink()


def identical(root: Path) -> None:
    """The same module, published before."""
    publish(root, OURS)


def other(root: Path) -> None:
    """The same version with other bytes."""
    publish(root, OTHER)


def culled(root: Path) -> None:
    """The same module, published before and deleted since."""
    publish(root, OURS)
    places = Places(root)
    assert removal.cull(places, OURS.module, version_folder.identity(places.version(OURS.module).stat()), "unused")


def crashed(root: Path) -> None:
    """A commit that was killed just after its rename."""
    OURS.write_as_athens(root)
    staging = Staging(Places(root).staging / "0123")
    staging.path.mkdir()
    staging.zip.write_bytes(OURS.zip)
    staging.path.with_suffix(".lock").write_text(f"{OURS.module.path} {OURS.module.version}\n")


@dataclass(frozen=True, slots=True)
class Scene:
    """An action on a volume that is prepared anew for each run."""

    folder: Path
    action: str
    prepare: Callable[[Path], None]

    def set_up(self, name: str) -> tuple[Path, strace.Program]:
        root = self.folder / name
        repair.start(Places(root))
        self.prepare(root)
        files = self.folder / f"{name}-files"
        files.mkdir()
        release, module = OURS.write(Staging(files)), OURS.module
        arguments = (self.action, str(root), module.path, module.version, release.h1, release.go_mod_h1, str(files))
        return root, strace.Program(self.folder / "packages", arguments)

    def calls(self) -> list[strace.Call]:
        """The calls of one run to the end, which comes before all others."""
        strace.freeze_packages(self.folder / "packages")
        _, program = self.set_up("baseline")
        return program.calls(self.folder / "log")

    def run_all(self, runs: dict[str, Run]) -> None:
        """Make every run on a volume of its own, two at a time, and fail with all that failed."""

        def run(number: int, name: str) -> str | None:
            root, program = self.set_up(str(number))
            try:
                runs[name](root, program)
            except (AssertionError, OSError, AlreadyExists) as error:
                return f"{name} ({root}): {error!r}"
            return None

        with ThreadPoolExecutor(2) as pool:
            failures = [failure for failure in pool.map(run, itertools.count(), runs) if failure]
        assert not failures, "\n".join(failures)


@pytest.fixture(autouse=True)
def _strace() -> None:
    strace.require()


def standing(root: Path) -> Packed | None:
    """Which of the two stands, None for neither; fails for anything between."""
    folder = root / OURS.module.path / OURS.module.version
    if not folder.exists() or {file.name for file in folder.iterdir()} <= LEFT_BY_ATHENS:
        return None
    return next(packed for packed in (OURS, OTHER) if stored(root, packed) == files_of(packed))


def assert_good_after_restart(root: Path, before: Packed | None) -> None:
    """What was whole is whole and projected, what was absent is absent; and the volume takes the next publisher."""
    repair.start(Places(root))
    assert_tidy(root)
    assert standing(root) == before
    if before is None:
        assert_not_projected(root, OURS)
        assert publish(root, OTHER) is True
    else:
        assert_projected(root, before)
        with pytest.raises(AlreadyExists):
            publish(root, OTHER if before == OURS else OURS)
        assert publish(root, before) is False
    assert standing(root) == (before or OTHER)
    assert_projected(root, before or OTHER)
    assert_tidy(root)


@pytest.mark.parametrize("prepare", [nothing, torn, identical, other])
def test_a_commit_killed_at_any_call_leaves_the_version_whole_or_absent(
    tmp_path: Path, prepare: Callable[[Path], None]
) -> None:
    scene = Scene(tmp_path, "commit", prepare)
    seen = set()

    def killed_at(call: strace.Call) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            program.killed_at(call)
            left = standing(root)
            seen.add(left)
            assert_good_after_restart(root, left)

        return run

    scene.run_all({str(call): killed_at(call) for call in scene.calls()})
    expected: dict[Callable[[Path], None], set[Packed | None]] = {identical: {OURS}, other: {OTHER}}
    assert seen == expected.get(prepare, {OURS, None})


@pytest.mark.parametrize("prepare", [nothing, torn])
def test_a_commit_that_fails_at_any_call_says_so_and_can_be_repeated(
    tmp_path: Path, prepare: Callable[[Path], None]
) -> None:
    scene = Scene(tmp_path, "commit", prepare)

    def failed_at(call: strace.Call, error: str) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            ended = program.failed_at(call, error)
            left = standing(root)
            if ended.returncode == 0:
                assert ended.stdout == "published\n"
                assert_projected(root, OURS)
            else:
                assert ended.returncode == crash_driver.REFUSED, ended.stderr
            assert publish(root, OURS) is (left is None)
            assert_good_after_restart(root, OURS)

        return run

    scene.run_all({f"{call} {error}": failed_at(call, error) for call, error in faults(scene.calls())})


def test_a_volume_that_makes_no_links_gets_copies(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "commit", nothing)

    def refused(call: strace.Call, error: str) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            assert program.failed_at(call, error).returncode == 0
            assert_good_after_restart(root, OURS)

        return run

    links = [call for call in scene.calls() if call.name == "link"]
    assert len(links) == 3
    scene.run_all({f"{call} {error}": refused(call, error) for call in links for error in ("EMLINK", "EPERM", "EXDEV")})


def test_a_repair_killed_or_failed_at_any_call_is_made_good_by_the_next(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "start", crashed)

    def killed_at(call: strace.Call) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            program.killed_at(call)
            assert_good_after_restart(root, OURS)

        return run

    def failed_at(call: strace.Call, error: str) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            assert program.failed_at(call, error).returncode in (0, crash_driver.REFUSED)
            assert_good_after_restart(root, OURS)

        return run

    calls = scene.calls()
    runs = {f"{call} {error}": failed_at(call, error) for call, error in faults(calls)}
    scene.run_all(runs | {str(call): killed_at(call) for call in calls})


def test_keeping_a_part_killed_or_failed_at_any_call_leaves_it_whole_or_absent(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "keep", nothing)
    later = b"module later\n"

    def check(root: Path, *, kept: bool) -> None:
        repair.start(Places(root))
        assert_tidy(root)
        expected = {OURS.mod} if kept else {OURS.mod, later}
        assert parts.keep(Places(root), OURS.module, "mod", later).data in expected

    def killed_at(call: strace.Call) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            program.killed_at(call)
            check(root, kept=False)

        return run

    def failed_at(call: strace.Call, error: str) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            ended = program.failed_at(call, error)
            assert ended.returncode in (0, crash_driver.REFUSED), ended.stderr
            check(root, kept=ended.returncode == 0)

        return run

    calls = scene.calls()
    runs = {f"{call} {error}": failed_at(call, error) for call, error in faults(calls)}
    scene.run_all(runs | {str(call): killed_at(call) for call in calls})


@pytest.mark.parametrize(("action", "prepare"), [("cull", identical), ("quarantine", identical), ("commit", culled)])
def test_a_version_that_goes_or_comes_back_is_whole_or_absent_wherever_it_is_killed(
    tmp_path: Path, action: str, prepare: Callable[[Path], None]
) -> None:
    scene = Scene(tmp_path, action, prepare)
    seen = set()

    def check(root: Path) -> None:
        left = standing(root)
        seen.add(left)
        repair.start(Places(root))
        assert_tidy(root)
        assert standing(root) == left
        if left is None:
            assert_not_projected(root, OURS)
            assert gone.is_marked(Places(root), OURS.module)
        with pytest.raises(AlreadyExists):
            publish(root, OTHER)
        assert publish(root, OURS) is (left is None)
        assert_projected(root, OURS)
        assert [finding for _, finding in scrub.scrub(Places(root), at_once) if finding] == []
        assert not gone.is_marked(Places(root), OURS.module)

    def killed_at(call: strace.Call) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            program.killed_at(call)
            check(root)

        return run

    def failed_at(call: strace.Call, error: str) -> Run:
        def run(root: Path, program: strace.Program) -> None:
            assert program.failed_at(call, error).returncode in (0, crash_driver.REFUSED)
            check(root)

        return run

    calls = scene.calls()
    if action == "quarantine":  # which differs from a cull in where the files go
        calls = [call for call in calls if any(".quarantine" in path for path in call.paths)]
    decisive = [call for call in calls if call.name in ("rename", "unlink", "write")]
    if action == "commit":  # which the tests above kill and fail everywhere
        calls = decisive
    runs = {f"{call} EIO": failed_at(call, "EIO") for call in decisive}
    scene.run_all(runs | {str(call): killed_at(call) for call in calls})
    assert seen == {OURS, None}
