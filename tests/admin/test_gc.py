"""`gomod-admin gc` tells what it would delete, deletes when told to, and keeps whatever it is not sure of."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from gomod.module import ModuleVersion
from gomod_admin.exits import Exit
from gomod_storage import object_keys, object_record
from gomod_storage import stock as stock_of_volume
from gomod_storage.open import open_caretaker, open_store
from gomod_storage.places import Places
from gomod_storage.retention import Stored
from gomod_storage.scrub import IsOwn
from tests.admin.commands import invoke
from tests.admin.files import contents
from tests.proxy.running import OWN
from tests.storage.modules import Packed, pack, publish
from tests.storage.object_servers import Moto
from tests.storage.rot import raw_objects

TODAY = datetime.now(UTC).date()


def pseudo(number: int) -> Packed:
    return pack(f"{OWN}/billing", f"v0.0.0-202601{number:02}000000-abcdefabcdef")


RELEASE = pack(f"{OWN}/billing", "v0.1.0")
PSEUDO = [pseudo(number) for number in (1, 2, 3)]
THEIRS = [pack("github.com/Azure/x", f"v1.{minor}.0") for minor in (0, 1, 2)]


@pytest.fixture
def places(volume: Path) -> Places:
    """A volume that came to be a hundred days ago, and was watched ever since; nothing was used."""
    anyio.run(stock, volume.as_uri())
    places = Places(volume)
    places.used.mkdir()
    for packed in (RELEASE, *PSEUDO, *THEIRS):
        age(places, packed.module)
    for days in range(100):
        watch(places, days)
    return places


async def stock(url: str) -> None:
    store = open_store(url)
    await store.start()
    for packed in (RELEASE, *PSEUDO, *THEIRS):
        await publish(store, packed)


def age(places: Places, module: ModuleVersion) -> None:
    then = (datetime.now(UTC) - timedelta(days=100)).timestamp()
    os.utime(places.version(module), (then, then))


def watch(places: Places, days: int, *used: Packed) -> None:
    day = TODAY - timedelta(days=days)
    lines = [f"{day}\n", *(f"{day} {packed.module.path} {packed.module.version}\n" for packed in used)]
    (places.used / f"{day}-replica").write_text("".join(lines))


@pytest.fixture
def env_file(tmp_path: Path, volume: Path) -> Path:
    file = tmp_path / "proxy.env"
    file.write_text(f"GOMOD_STORAGE_URL={volume.as_uri()}\nGOMOD_PRIVATE_PATTERNS={OWN}/*\n")
    return file


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder of state documents, as gomod-publish leaves them; it pins the first pseudo-version."""
    folder = tmp_path / "state"
    folder.mkdir()
    document = {
        "schema": 1,
        "module": PSEUDO[0].module.path,
        "version": PSEUDO[0].module.version,
        "time": "2026-01-01T00:00:00Z",
        "registry": f"http://{OWN}",
        "commit": "",
        "h1": "h1:x",
        "go_mod_h1": "h1:y",
    }
    (folder / "billing.json").write_text(json.dumps(document))
    return folder


def deleted(lines: Iterable[str], action: str) -> set[str]:
    entries = [json.loads(line) for line in lines]
    return {f"{each['module']}@{each['version']}" for each in entries if each["action"] == action}


def names(*modules: Packed) -> set[str]:
    return {str(packed.module) for packed in modules}


def test_it_tells_and_deletes_nothing(places: Places, env_file: Path, state: Path) -> None:
    before = contents(places.root)
    done = invoke(
        *("gc", "--json", "--pseudo-days", "30", "--keep-newest", "1", "--state", state, "--public-quota", "0"),
        *("--env-file", env_file),
    )
    assert done.exit_code == Exit.DONE, done.stderr
    assert deleted(done.stdout.splitlines()[:-1], "would delete") == names(PSEUDO[1], *THEIRS)
    assert contents(places.root) == before
    total = json.loads(done.stdout.splitlines()[-1])
    assert (total["action"], total["delete"], total["totals"]["keep"]["versions"]) == ("total", False, 3)


def test_it_deletes_when_told_to(places: Places, env_file: Path, state: Path) -> None:
    command = ("gc", "--delete", "--pseudo-days", "30", "--keep-newest", "1", "--state", state / "billing.json")
    done = invoke(*command, "--env-file", env_file)
    assert done.exit_code == Exit.DONE, done.stderr
    told, total = done.stdout.splitlines()
    assert told.startswith(f"delete {PSEUDO[1].module}: pseudo, ")
    assert total.startswith("delete 1 versions (")
    assert not places.version(PSEUDO[1].module).exists()
    assert all(places.version(packed.module).exists() for packed in (RELEASE, PSEUDO[0], PSEUDO[2], *THEIRS))
    again = invoke(*command, "--env-file", env_file)
    assert again.stdout.startswith("keep 6 versions")
    assert invoke("fsck", "--env-file", env_file).exit_code == Exit.DONE


def test_public_modules_go_until_the_rest_fits_the_least_used_first(places: Places, env_file: Path) -> None:
    watch(places, 3, THEIRS[0])
    watch(places, 9, THEIRS[1])
    sizes = [len(packed.zip) + len(packed.mod) + len(packed.info) for packed in THEIRS]
    quota = str(sizes[0] + sizes[1])
    done = invoke("gc", "--json", "--delete", "--public-quota", quota, "--env-file", env_file)
    assert deleted(done.stdout.splitlines(), "delete") == names(THEIRS[2])
    assert not places.version(THEIRS[2].module).exists()
    assert places.version(THEIRS[1].module).exists()


def test_without_notes_of_use_everything_stays(places: Places, env_file: Path, state: Path) -> None:
    for file in places.used.iterdir():
        file.unlink()
    done = invoke(
        *("gc", "--delete", "--pseudo-days", "1", "--keep-newest", "1", "--state", state, "--public-quota", "0"),
        *("--env-file", env_file),
    )
    assert done.stdout.startswith("keep 7 versions")


def test_a_day_that_nobody_watched_keeps_what_it_might_have_used(places: Places, env_file: Path, state: Path) -> None:
    (places.used / f"{TODAY - timedelta(days=20)}-replica").unlink()
    command = ("gc", "--keep-newest", "1", "--state", state, "--env-file", env_file, "--pseudo-days")
    assert "would delete" not in invoke(*command, "20").stdout
    assert str(PSEUDO[1].module) in invoke(*command, "19").stdout


def test_what_is_used_while_it_works_stays(places: Places, env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = stock_of_volume.take

    def take_and_use(places: Places, is_own: IsOwn, today: date) -> Iterator[Stored]:
        yield from take(places, is_own, today)
        watch(places, 0, THEIRS[1])

    monkeypatch.setattr(stock_of_volume, "take", take_and_use)
    done = invoke("gc", "--json", "--delete", "--public-quota", "0", "--env-file", env_file)
    assert deleted(done.stdout.splitlines()[:-1], "delete") == names(THEIRS[0], THEIRS[2])
    assert places.version(THEIRS[1].module).exists()
    assert "it was used meanwhile" in done.stdout


def test_the_notes_are_merged(places: Places, env_file: Path) -> None:
    invoke("gc", "--delete", "--env-file", env_file)
    assert len(list(places.used.iterdir())) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pseudo-days", "30"], "--pseudo-days needs --state"),
        (["--public-quota", "much"], "is no size"),
        (["--pseudo-days", "30", "--state", "EMPTY"], "holds no state documents"),
        (["--pseudo-days", "30", "--state", "BROKEN"], "missing or not of the right form: module"),
    ],
)
def test_what_it_can_not_understand_deletes_nothing(
    places: Places, env_file: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BROKEN").write_text('{"schema": 1}')
    named = [str(tmp_path / each) if each.isupper() else each for each in arguments]
    done = invoke("gc", "--delete", *named, "--env-file", env_file)
    assert done.exit_code == Exit.USAGE
    assert message in done.stderr
    assert all(places.version(packed.module).exists() for packed in (RELEASE, *PSEUDO, *THEIRS))


def test_state_documents_that_are_not_there_delete_nothing(places: Places, env_file: Path, tmp_path: Path) -> None:
    done = invoke("gc", "--delete", "--pseudo-days", "1", "--state", tmp_path / "none", "--env-file", env_file)
    assert done.exit_code == Exit.FAILED
    assert places.version(PSEUDO[1].module).exists()


def test_a_volume_that_is_not_there_is_trouble_and_not_empty(env_file: Path) -> None:
    done = invoke("gc", "--delete", "--public-quota", "0", "--env-file", env_file)
    assert done.exit_code == Exit.FAILED
    assert "the store can't be used: No such file or directory" in done.stderr


def test_a_bucket_is_looked_after_like_a_volume(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moto").mkdir()
    command = ("gc", "--json", "--pseudo-days", "30", "--keep-newest", "1", "--state", state, "--public-quota", "0")
    with Moto(tmp_path / "moto") as server:
        url = f"{server.url}/x?staging={tmp_path / 'staging'}"
        for name, value in {**server.environment, "GOMOD_STORAGE_URL": url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GOMOD_PRIVATE_PATTERNS", f"{OWN}/*")
        anyio.run(stock, url)
        unwatched = invoke(*command, "--delete")
        anyio.run(age_in_bucket, url)
        before = objects(url)
        told = invoke(*command)
        assert objects(url) == before
        done = invoke(*command, "--delete")
        again = invoke(*command, "--delete")
        checked = invoke("fsck")
        after = objects(url)
    assert [done.exit_code for done in (unwatched, told, done, again, checked)] == [Exit.DONE] * 5, done.stderr
    assert deleted(unwatched.stdout.splitlines()[:-1], "keep") == names(RELEASE, *PSEUDO, *THEIRS)
    gone = names(PSEUDO[1], *THEIRS)
    assert deleted(told.stdout.splitlines()[:-1], "would delete") == gone
    assert deleted(done.stdout.splitlines()[:-1], "delete") == gone
    assert deleted(again.stdout.splitlines()[:-1], "keep") == names(RELEASE, PSEUDO[0], PSEUDO[2])
    assert json.loads(again.stdout.splitlines()[-1])["orphans"] == {"count": 0, "bytes": 0}
    assert checked.stdout == "3 versions, 0 faults\n"
    audit = [json.loads(data) for key, data in after.items() if key.startswith("audit/")]
    assert {f"{each['module']}@{each['version']}" for each in audit if each["what"] == "cull"} == gone
    assert len([key for key in after if key.startswith("used/")]) == 3  # those of two days, and all others in one


def objects(url: str) -> dict[str, bytes]:
    client = raw_objects(url)
    return {each["path"]: bytes(client.get(each["path"]).bytes()) for page in client.list() for each in page}


async def age_in_bucket(url: str) -> None:
    """It came to be a hundred days ago, and was watched ever since; nothing was used."""
    client = raw_objects(url)
    then = (datetime.now(UTC) - timedelta(days=100)).isoformat()
    for packed in (RELEASE, *PSEUDO, *THEIRS):
        key = object_keys.record(packed.module)
        record = object_record.decode(bytes(client.get(key).bytes()))
        client.put(key, replace(record, committed=then).encode())
    caretaker = open_caretaker(url)
    for days in range(100):
        await caretaker.note_use(TODAY - timedelta(days=days), [])
