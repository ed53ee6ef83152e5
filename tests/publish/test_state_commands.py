"""`gomod-publish state …` and scripts/sync-go-packages-state.sh, with the real API server where there is one."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import respx
from typer.testing import CliRunner, Result

from gomod.layout import Kind
from gomod_publish.__main__ import app
from gomod_publish.exits import Exit
from gomod_publish.pack import pack
from gomod_publish.packed import Packed
from gomod_publish.source import read_source
from gomod_publish.state.document import State
from scripts.deploy import ROOT
from scripts.deploy.recipes import toolbox
from tests.publish.api_server import CONFIGMAP, NAMESPACE, ApiServer
from tests.publish.registry import URL, FakeRegistry
from tests.publish.repository import GO, GitRepository
from tests.publish.states import SDK, TELEMETRY, state_of


def invoke(api_server: ApiServer | None, *arguments: str | Path, **variables: str) -> Result:
    """A command in this process, with the variables of the runner."""
    told = (api_server.variables() if api_server else {}) | {"GO_REGISTRY_URL": URL} | variables
    return CliRunner().invoke(app, ["state", *(str(each) for each in arguments)], env=told)


@pytest.fixture
def registry(api_server: ApiServer, packed: Packed) -> Iterator[FakeRegistry]:
    """A registry that serves what is packed; the API server is reached as it is."""
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=api_server.url).pass_through()
        fake = FakeRegistry(router)
        for kind in get_args(Kind):
            fake.files[f"/go.example.test/x/@v/v1.0.0.{kind}"] = packed.file(kind).read_bytes()
        yield fake


def test_what_was_published_is_written_to_the_configmap_and_to_files(
    api_server: ApiServer, packed: Packed, tmp_path: Path
) -> None:
    done = invoke(api_server, "write", packed.folder, "--state-dir", tmp_path / "files")
    assert done.exit_code == Exit.DONE, done.stderr
    assert f"ConfigMap {NAMESPACE}/{CONFIGMAP} x.json: now go.example.test/x@v1.0.0" in done.stdout
    assert api_server.data() == {"x.json": state_of(packed).text()}
    assert (tmp_path / "files" / "x.json").read_text() == state_of(packed).text()
    again = invoke(api_server, "write", packed.folder, "--json")
    assert "x.json: still go.example.test/x@v1.0.0" in again.stderr
    (told,) = json.loads(again.stdout)["versions"]
    assert told.items() >= {"version": "v1.0.0", "h1": packed.h1, "registry": URL}.items()


def test_two_versions_of_a_module_are_not_both_its_state(
    api_server: ApiServer, repository: GitRepository, tmp_path: Path
) -> None:
    for version in ("v1.9.0", "v1.10.0"):
        repository.commit({"go.mod": "module go.example.test/x\n", "x.go": f"package x // {version}\n"}, version)
        pack(read_source(repository.path), tmp_path / "out")
    done = invoke(api_server, "write", tmp_path / "out", "--state-dir", tmp_path / "files")
    assert done.exit_code == Exit.SOURCE
    assert "go.example.test/x@v1.10.0 and go.example.test/x@v1.9.0 both have the key x.json" in done.stderr
    assert api_server.data() == {}
    assert not (tmp_path / "files").exists()


def test_every_key_comes_into_a_file(api_server: ApiServer, tmp_path: Path) -> None:
    api_server.edit({SDK.key: SDK.text(), TELEMETRY.key: TELEMETRY.text()})
    folder = tmp_path / "tmp" / "tilt-packages"
    done = invoke(api_server, "sync", folder)
    assert done.exit_code == Exit.DONE, done.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == api_server.data()
    api_server.edit({SDK.key: "oops"})
    done = invoke(api_server, "sync", folder)
    assert done.exit_code == Exit.SOURCE
    assert "ameide-sdk-go.json: not JSON" in done.stderr
    assert (folder / SDK.key).read_text() == SDK.text()  # nothing changed
    api_server.edit({SDK.key: None, TELEMETRY.key: None})
    done = invoke(api_server, "sync", folder)
    assert done.exit_code == Exit.FAILED
    assert "nothing was published yet" in done.stderr
    assert (folder / SDK.key).read_text() == SDK.text()


@pytest.mark.usefixtures("registry")
def test_a_state_without_drift_is_told_as_such(api_server: ApiServer, packed: Packed, tmp_path: Path) -> None:
    api_server.edit({"notes": "somebody's own"})
    invoke(api_server, "write", packed.folder, "--state-dir", tmp_path / "files")
    done = invoke(api_server, "check", "go.example.test/x", "--state-dir", tmp_path / "files")
    assert (done.exit_code, done.stdout) == (Exit.DONE, "1 keys, no drift\n"), done.stderr


def test_drift_everywhere_is_told_at_once(
    api_server: ApiServer, registry: FakeRegistry, packed: Packed, tmp_path: Path
) -> None:
    files, metrics = tmp_path / "files", tmp_path / "state.prom"
    invoke(api_server, "write", packed.folder, "--state-dir", files)
    api_server.edit({"y.json": "oops"})
    registry.files["/go.example.test/x/@v/v1.0.0.mod"] += b"// other\n"
    (files / "x.json").write_text("{}")
    modules = "go.example.test/x, go.example.test/new"  # as GO_MODULE_PATH has them
    told = invoke(api_server, "check", modules, "--state-dir", files, "--json")
    assert [each["key"] for each in json.loads(told.stdout)["drift"]] == [
        "new.json",
        "y.json",
        "x.json",
        "x.json",
        "y.json",
    ]
    done = invoke(api_server, "check", modules, "--state-dir", files, "--textfile", metrics)
    assert done.exit_code == 1
    assert [line.split("  ")[:3] for line in done.stdout.splitlines()] == [
        ["drift", "configmap", "new.json"],
        ["drift", "configmap", "y.json"],
        ["drift", "registry", "x.json"],
        ["drift", "files", "x.json"],
        ["drift", "files", "y.json"],
    ]
    assert "5 differences; what to do: docs/publishing.md#the-state-has-drifted" in done.stderr
    assert 'gomod_state_drift{key="x.json",where="registry"} 1' in metrics.read_text()


@pytest.mark.usefixtures("registry")
def test_a_configmap_that_somebody_removed_is_drift_that_prometheus_sees(api_server: ApiServer, tmp_path: Path) -> None:
    api_server.remove_configmap()
    done = invoke(api_server, "check", "go.example.test/x", "--textfile", tmp_path / "state.prom")
    assert done.exit_code == Exit.FAILED
    assert f"drift  configmap  {CONFIGMAP}  " in done.stdout
    assert "drift  configmap  x.json  missing: go.example.test/x was never published" in done.stdout
    metrics = (tmp_path / "state.prom").read_text()
    assert f'gomod_state_drift{{key="{CONFIGMAP}",where="configmap"}} 1\n' in metrics
    assert 'gomod_state_drift{key="x.json",where="configmap"} 1\n' in metrics


def test_a_configmap_can_come_from_kubectl(packed: Packed, tmp_path: Path) -> None:
    manifest = tmp_path / "configmap.json"
    manifest.write_text(json.dumps({"kind": "ConfigMap", "data": {"x.json": state_of(packed).text()}}))
    done = invoke(None, "sync", tmp_path / "files", "--from", manifest)
    assert done.exit_code == Exit.DONE, done.stderr
    assert State.parse((tmp_path / "files" / "x.json").read_text()) == state_of(packed)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "Secret", "data": {}}', '{"kind": "ConfigMap", "data": {"a": 1}}']
)
def test_what_is_no_configmap_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest").write_text(text)
    done = invoke(None, "sync", tmp_path / "files", "--from", tmp_path / "manifest")
    assert done.exit_code == Exit.SOURCE
    assert "is not a ConfigMap as JSON" in done.stderr
    assert not (tmp_path / "files").exists()


def test_consumers_are_pinned_by_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{GO.parent}:{os.environ['PATH']}")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / SDK.key).write_text(SDK.text())
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "go.mod").write_text(f"module {name}.test\n\nrequire {SDK.module.path} v1.0.0\n")
    done = invoke(None, "pin", tmp_path / "a/go.mod", tmp_path / "b/go.mod", "--state-dir", tmp_path / "state")
    assert done.exit_code == Exit.DONE, done.stderr
    assert done.stdout.splitlines() == [f"{tmp_path}/a/go.mod: {SDK.module}", f"{tmp_path}/b/go.mod: {SDK.module}"]
    assert f"require {SDK.module.path} v1.2.0" in (tmp_path / "b/go.mod").read_text()
    assert invoke(None, "pin", tmp_path / "a/go.mod").exit_code == Exit.USAGE


def sync_script(folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [str(ROOT / "scripts/sync-go-packages-state.sh"), NAMESPACE, str(folder)]
    given = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ}
    return subprocess.run(command, env=given, capture_output=True, text=True)


def test_the_script_syncs_by_the_real_kubectl(api_server: ApiServer, tmp_path: Path) -> None:
    api_server.edit({SDK.key: SDK.text(), TELEMETRY.key: TELEMETRY.text()})
    toolbox().ensure("helm")  # and kubectl
    kubeconfig = str(api_server.kubeconfig(tmp_path / "kubeconfig"))
    folder = tmp_path / "tilt-packages"
    done = sync_script(folder, KUBECONFIG=kubeconfig)
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == api_server.data()
    api_server.remove_configmap()
    done = sync_script(folder, KUBECONFIG=kubeconfig)
    assert done.returncode == 1
    assert '"go-packages-state" not found' in done.stderr
    assert len(list(folder.iterdir())) == 2


def test_the_script_asks_kubectl_for_the_one_configmap(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    answer = json.dumps({"kind": "ConfigMap", "data": {SDK.key: SDK.text()}})
    (tmp_path / "answer.json").write_text(answer)
    program = tmp_path / "bin" / "kubectl"
    program.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/asked\ncat {tmp_path}/answer.json\n')
    program.chmod(0o755)
    done = sync_script(tmp_path / "out", PATH=f"{program.parent}:{os.environ['PATH']}", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text() == f"--namespace {NAMESPACE} get configmap {CONFIGMAP} --output json\n"
    assert (tmp_path / "out" / SDK.key).read_text() == SDK.text()
