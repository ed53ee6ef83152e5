"""`gomod-admin export` and `import`: everything that a build needs goes over in one file, or nothing does."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import Result

from gomod.dirhash import hash_go_mod, hash_zip
from gomod.layout import file_name
from gomod_admin.exits import Exit
from gomod_storage.open import open_store
from tests.admin.commands import on_volume, run_import
from tests.admin.files import contents
from tests.proxy.running import OWN
from tests.storage.checks import assert_tidy
from tests.storage.modules import Packed, pack, publish, read_zip

LIB = pack("github.com/Azure/lib", "v1.0.0")
ONLY_MOD = pack("github.com/only/mod", "v1.0.0")
BILLING = pack(f"{OWN}/billing", "v1.0.0")
BILLING_OLD = pack(f"{OWN}/billing", "v0.9.0")  # go.sum has its go.mod alone, and the proxy has no parts of ours
ALL = [LIB, ONLY_MOD, BILLING, BILLING_OLD]


async def _fill(volume: Path, packed: Sequence[Packed]) -> None:
    store = open_store(volume.as_uri())
    await store.start()
    for each in packed:
        await publish(store, each)


@pytest.fixture
def go_sum(tmp_path: Path) -> Path:
    """That of a build: two modules whole, of two versions the go.mod."""
    lines = []
    for packed in (LIB, BILLING):
        archive = tmp_path / "x.zip"
        archive.write_bytes(packed.zip)
        lines.append(f"{packed.module.path} {packed.module.version} {hash_zip(archive)}\n")
    lines += [f"{each.module.path} {each.module.version}/go.mod {hash_go_mod(each.mod)}\n" for each in ALL]
    file = tmp_path / "go.sum"
    file.write_text("".join(lines))
    return file


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A volume that has it all."""
    path = tmp_path / "source"
    anyio.run(_fill, path, ALL)
    return path


@pytest.fixture
def bundle(source: Path, go_sum: Path, tmp_path: Path) -> Path:
    out = tmp_path / "bundle.tar"
    done = on_volume(source, "export", "--go-sum", go_sum, out)
    assert done.exit_code == Exit.DONE, done.output
    return out


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A private key and its public half, in PEM files."""
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def names(bundle: Path) -> list[str]:
    with tarfile.open(bundle) as archive:
        return archive.getnames()


def rewritten(bundle: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The bundle with other bytes under some names; None leaves a file out."""
    with tarfile.open(bundle) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive]
        changed = [(name, change(name, content.read())) for name, content in files if content is not None]
    other = bundle.with_name("other.tar")
    with tarfile.open(other, "w") as archive:
        for name, data in changed:
            if data is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return other


def remade(bundle: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same with a manifest that fits the other bytes: by somebody who wants to deceive."""
    changed = rewritten(bundle, change)
    lines: list[str] = []

    def note(name: str, data: bytes) -> bytes:
        if name != "MANIFEST":
            lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        return data

    rewritten(changed.rename(bundle.with_name("changed.tar")), note)
    return rewritten(
        bundle.with_name("changed.tar"), lambda name, data: "".join(lines).encode() if name == "MANIFEST" else data
    )


def assert_nothing_was_taken(done: Result, volume: Path) -> None:
    assert done.exit_code == Exit.REFUSED, done.output
    assert "the bundle is not taken in" in done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "refused"
    assert not [name for name in contents(volume) if not name.startswith(".")]
    if (volume / ".staging").exists():
        assert_tidy(volume)


async def test_everything_that_a_build_needs_goes_over(bundle: Path, volume: Path) -> None:
    done = await anyio.to_thread.run_sync(run_import, volume, bundle)
    assert (done.exit_code, json.loads(done.stdout)["taken"], json.loads(done.stdout)["part"]) == (Exit.DONE, 3, 1)
    store = open_store(volume.as_uri())
    for packed in (LIB, BILLING, BILLING_OLD):
        assert (await store.info(packed.module)).data == packed.info
        assert (await store.mod(packed.module)).data == packed.mod
        assert await read_zip(store, packed.module) == packed.zip
    assert (await store.part(ONLY_MOD.module, "mod")).data == ONLY_MOD.mod
    again = await anyio.to_thread.run_sync(run_import, volume, bundle)
    assert (again.exit_code, json.loads(again.stdout)["identical"]) == (Exit.DONE, 4)


def unpack(bundle: Path, folder: Path) -> Path:
    """As somebody without our command would."""
    folder.mkdir()
    subprocess.run(["tar", "-xf", bundle, "-C", folder], check=True)
    return folder


def test_a_bundle_is_a_folder_for_go_and_its_manifest_is_for_sha256sum(bundle: Path, tmp_path: Path) -> None:
    wanted = [file_name(each.module, kind) for each in (LIB, BILLING, BILLING_OLD) for kind in ("info", "mod", "zip")]
    wanted.append(file_name(ONLY_MOD.module, "mod"))
    assert names(bundle) == ["MANIFEST", "go.sum", *sorted(wanted)]
    unpacked = unpack(bundle, tmp_path / "unpacked")
    subprocess.run(["sha256sum", "--quiet", "--check", "MANIFEST"], cwd=unpacked, check=True)


def test_the_same_files_make_the_same_bytes(bundle: Path, source: Path, go_sum: Path, tmp_path: Path) -> None:
    lines = go_sum.read_text().splitlines(keepends=True)
    go_sum.write_text("".join(reversed(lines)))
    on_volume(source, "export", "--go-sum", go_sum, tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == bundle.read_bytes()


def test_a_build_of_several_modules_has_several_go_sums(source: Path, go_sum: Path, tmp_path: Path) -> None:
    lines = go_sum.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines):
        (tmp_path / f"{number}.sum").write_text(line)
    options = [word for number in range(len(lines)) for word in ("--go-sum", tmp_path / f"{number}.sum")]
    done = on_volume(source, "export", "--json", *options, tmp_path / "many.tar")
    assert json.loads(done.stdout) == {
        "bundle": str(tmp_path / "many.tar"),
        "files": 10,
        "versions": 4,
        "signed": False,
    }


def test_what_is_missing_is_named_and_nothing_is_written(source: Path, go_sum: Path, tmp_path: Path) -> None:
    with go_sum.open("a") as file:
        file.write(f"github.com/not/here v1.0.0 {hash_go_mod(b'')}\ngithub.com/nor/this v1.0.0/go.mod h1:x\n")
    done = on_volume(source, "export", "--go-sum", go_sum, tmp_path / "bundle.tar")
    assert done.exit_code == Exit.NOT_EXPORTABLE
    assert "github.com/not/here@v1.0.0: its zip is not stored" in done.stderr
    assert "github.com/nor/this@v1.0.0: its mod is not stored" in done.stderr
    assert [path.name for path in tmp_path.glob("*bundle*")] == []


def test_what_go_sum_has_otherwise_is_not_exported(source: Path, go_sum: Path, tmp_path: Path) -> None:
    go_sum.write_text(f"{LIB.module.path} v1.0.0 {hash_go_mod(b'other')}\n")
    done = on_volume(source, "export", "--go-sum", go_sum, tmp_path / "bundle.tar")
    assert done.exit_code == Exit.NOT_EXPORTABLE
    assert f"{LIB.module}: its zip is not what it should be: it has h1:" in done.stderr
    assert not (tmp_path / "bundle.tar").exists()


def test_a_damaged_zip_is_not_exported(source: Path, go_sum: Path, tmp_path: Path) -> None:
    stored = source / LIB.module.path / "v1.0.0" / "source.zip"
    stored.write_bytes(LIB.zip[:-30])
    done = on_volume(source, "export", "--go-sum", go_sum, tmp_path / "bundle.tar")
    assert done.exit_code == Exit.NOT_EXPORTABLE
    assert f"{LIB.module}: its zip is not what it should be: " in done.stderr


def test_a_signed_bundle_is_taken_from_who_signed_it_alone(
    source: Path, go_sum: Path, tmp_path: Path, keys: tuple[Path, Path], volume: Path
) -> None:
    private, public = keys
    signed = tmp_path / "signed.tar"
    on_volume(source, "export", "--go-sum", go_sum, "--sign-with", private, signed)
    assert names(signed)[:3] == ["MANIFEST", "MANIFEST.sig", "go.sum"]
    other = tmp_path / "other.pem"
    stranger = Ed25519PrivateKey.generate().public_key()
    other.write_bytes(stranger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert_nothing_was_taken(run_import(volume, signed, "--signed-by", other), volume)
    assert run_import(volume, signed, "--signed-by", public).exit_code == Exit.DONE
    assert run_import(volume, signed).exit_code == Exit.DONE


def test_openssl_checks_the_signature_too(source: Path, go_sum: Path, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl")
    private, public = keys
    on_volume(source, "export", "--go-sum", go_sum, "--sign-with", private, tmp_path / "signed.tar")
    unpack(tmp_path / "signed.tar", tmp_path / "unpacked")
    check: list[str | Path] = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        public,
        "-rawin",
        "-in",
        "MANIFEST",
        "-sigfile",
        "MANIFEST.sig",
    ]
    subprocess.run([openssl, *check], cwd=tmp_path / "unpacked", check=True, capture_output=True)


def test_an_unsigned_bundle_is_not_taken_where_a_signature_is_asked_for(
    bundle: Path, keys: tuple[Path, Path], volume: Path
) -> None:
    assert_nothing_was_taken(run_import(volume, bundle, "--signed-by", keys[1]), volume)


def test_other_bytes_under_a_signed_manifest_are_found(
    source: Path, go_sum: Path, tmp_path: Path, keys: tuple[Path, Path], volume: Path
) -> None:
    private, public = keys
    signed = tmp_path / "signed.tar"
    on_volume(source, "export", "--go-sum", go_sum, "--sign-with", private, signed)
    for target in (lambda bundle, change: rewritten(bundle, change), remade):
        evil = target(signed, lambda name, data: data + b"\n" if name.endswith("lib/@v/v1.0.0.info") else data)
        assert_nothing_was_taken(run_import(volume, evil, "--signed-by", public), volume)


CHANGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "one byte": lambda name, data: data[:-1] + bytes([data[-1] ^ 1]) if name.endswith(".zip") else data,
    "a file is missing": lambda name, data: None if name.endswith("billing/@v/v1.0.0.mod") else data,
    "no go.sum": lambda name, data: None if name == "go.sum" else data,
    "no manifest": lambda name, data: None if name == "MANIFEST" else data,
    "another manifest": lambda name, data: b"nonsense\n" if name == "MANIFEST" else data,
    "a file less in the manifest": lambda name, data: b"\n".join(data.split(b"\n")[1:]) if name == "MANIFEST" else data,
    "another go.sum": lambda name, data: b"" if name == "go.sum" else data,
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_changed_bundle_is_not_taken_at_all(bundle: Path, volume: Path, how: str) -> None:
    assert_nothing_was_taken(run_import(volume, rewritten(bundle, CHANGES[how])), volume)


@pytest.mark.parametrize("size", [0, 1, 511, 700, 3000, 5000, 9000])
def test_a_bundle_that_ends_early_is_not_taken_at_all(bundle: Path, volume: Path, size: int) -> None:
    data = bundle.read_bytes()
    bundle.write_bytes(data[:size])
    assert_nothing_was_taken(run_import(volume, bundle), volume)


def test_what_is_no_bundle_is_not_taken(tmp_path: Path, volume: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00" * 100_000 + LIB.zip)
    assert_nothing_was_taken(run_import(volume, tmp_path / "x"), volume)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "github.com/x/@v/list", "github.com/X/y/@v/v1.0.0.mod", "x"])
def test_a_file_that_is_none_of_a_version_is_not_taken(bundle: Path, volume: Path, tmp_path: Path, name: str) -> None:
    with_more = tmp_path / "more.tar"
    shutil.copy(bundle, with_more)
    with tarfile.open(with_more, "a") as archive:
        archive.addfile(tarfile.TarInfo(name))
    assert_nothing_was_taken(run_import(volume, remade(with_more, lambda _, data: data)), volume)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_what_is_no_regular_file_is_not_taken(bundle: Path, volume: Path, kind: bytes) -> None:
    with tarfile.open(bundle, "a") as archive:
        entry = tarfile.TarInfo("go.sum")
        entry.type = kind
        entry.linkname = "/etc/passwd"
        archive.addfile(entry)
    assert_nothing_was_taken(run_import(volume, bundle), volume)


def test_a_valid_bundle_with_an_invalid_module_names_it(bundle: Path, volume: Path) -> None:
    evil = remade(bundle, lambda name, data: b'{"Version":"v9"}' if name.endswith("billing/@v/v1.0.0.info") else data)
    done = run_import(volume, evil)
    assert done.exit_code == Exit.REFUSED
    [refused] = json.loads(done.stdout)["refused_versions"]
    assert (refused["module"], refused["version"]) == (BILLING.module.path, "v1.0.0")


def test_a_dry_run_takes_nothing(bundle: Path, volume: Path) -> None:
    done = run_import(volume, bundle, "--dry-run")
    assert (done.exit_code, json.loads(done.stdout)["taken"]) == (Exit.DONE, 3)
    assert not [name for name in contents(volume) if not name.startswith(".")]


def test_keys_that_are_none_are_an_error(source: Path, go_sum: Path, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    rsa = tmp_path / "rsa.pem"
    key = generate_private_key(public_exponent=65537, key_size=2048)
    rsa.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for wrong in (rsa, keys[1], go_sum, tmp_path / "absent"):
        done = on_volume(source, "export", "--go-sum", go_sum, "--sign-with", wrong, tmp_path / "out.tar")
        assert done.exit_code == Exit.USAGE
        assert str(wrong) in done.stderr
    assert not (tmp_path / "out.tar").exists()


def test_a_folder_has_no_signature(source: Path, volume: Path, keys: tuple[Path, Path]) -> None:
    assert run_import(volume, source, "--signed-by", keys[1]).exit_code == Exit.USAGE
