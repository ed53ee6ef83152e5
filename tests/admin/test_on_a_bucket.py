"""import, explain and export on a store that is no volume."""

import json
import os
from pathlib import Path

import anyio
import pytest
from typer.testing import CliRunner, Result

from gomod.dirhash import hash_go_mod
from gomod_admin.__main__ import app
from gomod_admin.exits import Exit
from gomod_storage.open import open_store
from tests.admin.trees import write_as_cache
from tests.proxy.running import OWN, environment
from tests.storage.modules import pack, read_zip
from tests.storage.object_servers import Moto

LIB = pack("github.com/Azure/lib", "v1.0.0")
BILLING = pack(f"{OWN}/billing", "v1.0.0")
PART = pack("github.com/a/part", "v1.0.0")


def test_versions_go_in_and_out(tmp_path: Path, volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for packed in (LIB, BILLING):
        packed.write_as_athens(tmp_path / "tree")
    write_as_cache(tmp_path / "tree", PART, "mod")
    go_sum = tmp_path / "go.sum"
    go_sum.write_text(
        "".join(f"{each.module.path} v1.0.0/go.mod {hash_go_mod(each.mod)}\n" for each in (BILLING, PART))
    )
    (tmp_path / "moto").mkdir()
    with Moto(tmp_path / "moto") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        url = f"{server.url}/{os.urandom(4).hex()}?staging={tmp_path / 'staging'}"
        variables = environment(volume, "off") | {"GOMOD_STORAGE_URL": url}

        def command(*arguments: str | Path, **changes: str) -> Result:
            return CliRunner().invoke(app, [str(argument) for argument in arguments], env=variables | changes)

        for taken, part, identical in ((2, 1, 0), (0, 0, 3)):
            done = command("import", "--json", tmp_path / "tree")
            told = json.loads(done.stdout)
            assert (done.exit_code, told["taken"], told["part"], told["identical"]) == (0, taken, part, identical)
        assert anyio.run(read_zip, open_store(url), LIB.module) == LIB.zip

        explained = command("explain", "--json", str(BILLING.module))
        assert (explained.exit_code, json.loads(explained.stdout)["status"]) == (Exit.DONE, 200)
        assert command("explain", "github.com/not/there@v1.0.0").exit_code == Exit.NOT_SERVED

        exported = command("export", "--go-sum", go_sum, tmp_path / "bundle.tar")
        assert exported.exit_code == Exit.DONE, exported.output
        back = command("import", "--json", tmp_path / "bundle.tar", GOMOD_STORAGE_URL=volume.as_uri())
    assert (json.loads(back.stdout)["taken"], json.loads(back.stdout)["part"]) == (1, 1)
    assert anyio.run(read_zip, open_store(volume.as_uri()), BILLING.module) == BILLING.zip
