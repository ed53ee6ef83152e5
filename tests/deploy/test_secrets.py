"""Secrets on their way: what is seeded into Vault is what is copied into the cluster, and what pods read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.cluster.vault import TOKEN, VaultDouble
from scripts.deploy import ROOT
from scripts.local.environment import read_environment
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import one, pod_of

SCRIPT = ROOT / "scripts" / "vault" / "ensure-local-secrets.py"
LOCAL = read_environment(ROOT / "environments" / "local.env", given={"ROOT": str(ROOT)}, required=())

VALUES = {
    "GO_MODULE_PATH": "go.packages.dev.ameide.io/ameide-sdk-go",
    "GO_REGISTRY_URL": "http://go.packages.dev.ameide.io",
    "GOPROXY": "http://go.packages.dev.ameide.io,direct",
    "GONOPROXY": "none",
    "GOPRIVATE": "go.packages.dev.ameide.io/*",
    "GONOSUMDB": "go.packages.dev.ameide.io/*",
    "GOWORK": "off",
}


@pytest.fixture
def vault() -> Iterator[VaultDouble]:
    with VaultDouble() as double:
        yield double


@pytest.fixture
def environ(vault: VaultDouble, tmp_path: Path) -> dict[str, str]:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text("# tokens of the test\n")
    return {
        "PATH": os.environ["PATH"],
        "VAULT_ADDR": vault.address,
        "VAULT_TOKEN": TOKEN,
        "CLUSTER_VAULT_PACKAGES_KEY": LOCAL["CLUSTER_VAULT_PACKAGES_KEY"],
        "CLUSTER_VAULT_TOKENS_KEY": LOCAL["CLUSTER_VAULT_TOKENS_KEY"],
        "GOMOD_UPLOAD_TOKENS_FILE": str(tokens),
        **VALUES,
    }


def run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT], env=environ, capture_output=True, text=True, check=False)


def test_what_is_seeded_is_what_is_copied_and_what_pods_read(
    vault: VaultDouble, environ: dict[str, str], rendered: Rendered
) -> None:
    assert run(environ).returncode == 0
    documents = rendered["local", "packages-go"]
    secret = one(documents, "ExternalSecret")["spec"]
    (store,) = {each["remoteRef"]["key"] for each in secret["data"]}
    assert {each["remoteRef"]["property"] for each in secret["data"]} == set(vault.secrets[store])
    copied = {each["secretKey"] for each in secret["data"]}
    read = {
        each["valueFrom"]["secretKeyRef"]["key"]: each["name"]
        for each in pod_of(documents)["spec"]["containers"][0]["env"]
        if each.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == secret["target"]["name"]
    }
    assert set(read) == copied
    assert all(name == key for key, name in read.items())
    assert copied == set(VALUES)

    uploader = one(rendered["local", "gomod-uploader"], "ExternalSecret")["spec"]
    (reference,) = [each["remoteRef"] for each in uploader["data"]]
    assert vault.secrets[reference["key"]] == {reference["property"]: "# tokens of the test\n"}


def test_seeding_again_changes_nothing(vault: VaultDouble, environ: dict[str, str]) -> None:
    run(environ)
    before = dict(vault.versions)
    done = run(environ)
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert vault.versions == before


def test_a_missing_key_is_added_and_others_are_left_alone(vault: VaultDouble, environ: dict[str, str]) -> None:
    run(environ)
    key = LOCAL["CLUSTER_VAULT_PACKAGES_KEY"]
    del vault.secrets[key]["GOWORK"]
    vault.secrets[key]["SOMEBODY_ELSES"] = "stays"
    done = run(environ)
    assert done.stdout.splitlines()[0] == f"secret/{key}: added GOWORK"
    assert vault.secrets[key] == {**VALUES, "SOMEBODY_ELSES": "stays"}


def test_a_value_that_differs_is_never_overwritten(vault: VaultDouble, environ: dict[str, str]) -> None:
    run(environ)
    before = {key: dict(values) for key, values in vault.secrets.items()}
    done = run({**environ, "GOPROXY": "http://user:password@host", "GOWORK": "on"})
    assert done.returncode == 1
    assert "GOPROXY" in done.stderr
    assert "GOWORK" in done.stderr
    assert "password" not in done.stderr + done.stdout  # no secret reaches a log
    assert vault.secrets == before


def test_all_missing_variables_are_named_at_once(vault: VaultDouble, environ: dict[str, str]) -> None:
    del environ["GOPRIVATE"]
    environ["VAULT_TOKEN"] = ""
    done = run(environ)
    assert done.returncode == 2
    assert "VAULT_TOKEN, GOPRIVATE" in done.stderr
    assert vault.secrets == {}


def test_a_vault_that_refuses_is_reported(environ: dict[str, str]) -> None:
    done = run({**environ, "VAULT_TOKEN": "wrong"})
    assert (done.returncode, done.stderr) == (
        1,
        f"ensure-local-secrets: Vault answers 403 when asked for secret/{LOCAL['CLUSTER_VAULT_PACKAGES_KEY']}\n",
    )
