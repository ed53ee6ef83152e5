#!/usr/bin/env python3
"""See `scripts/vault/ensure-local-secrets.py --help`. Plain Python: it runs where nothing is installed."""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What the publish runner reads: the same list as in deploy/helm/packages-go/templates/_keys.tpl.
PACKAGES_KEYS = (
    "GO_MODULE_PATH",
    "GO_REGISTRY_URL",
    "GOPROXY",
    "GONOPROXY",
    "GOPRIVATE",
    "GONOSUMDB",
    "GOWORK",
)
TOKENS_KEY = "tokens.toml"  # what the uploader reads, and External Secrets copies

DESCRIPTION = """\
Put what the registry's pods read into Vault, where nothing is there yet; External Secrets copies it into the cluster.
Every value comes from the environment, none from this script:

  VAULT_ADDR, VAULT_TOKEN         the Vault to seed, and a token that may
  CLUSTER_VAULT_PACKAGES_KEY      where the runner's variables go, and
  CLUSTER_VAULT_TOKENS_KEY        where the uploader's token file goes, both in the KV version 2 engine `secret`
                                  (environments/local.env has both)
  GOMOD_UPLOAD_TOKENS_FILE        the token file that gomod-token wrote
  """ + "\n  ".join(PACKAGES_KEYS)

EPILOG = """\
Running it again is safe: what is there with the same value stays, what is missing is added, and a value that differs is
never overwritten: it is named, nothing is written, and the exit status is 1. Missing variables are all named at once,
with the exit status 2.
"""


class SeedError(Exception):
    """Vault can't be seeded; the text says why, without any secret in it."""


class Vault:
    """The KV version 2 engine `secret` of a Vault server."""

    def __init__(self, address: str, token: str) -> None:
        self._base = f"{address.rstrip('/')}/v1/secret/data"
        self._token = token

    def read(self, key: str) -> tuple[dict[str, str], int]:
        """The values of a key and their version; version 0 when there is none. Raises SeedError."""
        try:
            answer = self._ask("GET", key, None)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return {}, 0
            raise SeedError(f"Vault answers {error.code} when asked for secret/{key}") from error
        return answer["data"]["data"], answer["data"]["metadata"]["version"]

    def write(self, key: str, values: Mapping[str, str], version: int) -> None:
        """Replace the values, if they are still those of the version. Raises SeedError."""
        try:
            self._ask("POST", key, {"data": dict(values), "options": {"cas": version}})
        except urllib.error.HTTPError as error:
            raise SeedError(f"Vault answers {error.code} to writing secret/{key}; run this again") from error

    def _ask(self, method: str, key: str, body: object) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(
            f"{self._base}/{key}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Vault-Token": self._token, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError) as error:
            raise SeedError(f"Vault is out of reach: {error}") from error


def main() -> int:
    """Seed what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/vault/ensure-local-secrets.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    own = ("VAULT_ADDR", "VAULT_TOKEN", "CLUSTER_VAULT_PACKAGES_KEY", "CLUSTER_VAULT_TOKENS_KEY")
    needed = (*own, "GOMOD_UPLOAD_TOKENS_FILE", *PACKAGES_KEYS)
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        print(f"ensure-local-secrets: not set: {', '.join(missing)}; nothing was written", file=sys.stderr)
        return 2
    try:
        wanted = {
            os.environ["CLUSTER_VAULT_PACKAGES_KEY"]: {name: os.environ[name] for name in PACKAGES_KEYS},
            os.environ["CLUSTER_VAULT_TOKENS_KEY"]: {
                TOKENS_KEY: Path(os.environ["GOMOD_UPLOAD_TOKENS_FILE"]).read_text()
            },
        }
        seed(Vault(os.environ["VAULT_ADDR"], os.environ["VAULT_TOKEN"]), wanted)
    except (SeedError, OSError) as error:
        print(f"ensure-local-secrets: {error}", file=sys.stderr)
        return 1
    return 0


def seed(vault: Vault, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Add what is missing. Raises SeedError, before anything is written, when something there differs."""
    there = {key: vault.read(key) for key in wanted}
    differing = [
        f"secret/{key} {name}"
        for key, values in wanted.items()
        for name, value in values.items()
        if there[key][0].get(name, value) != value
    ]
    if differing:
        raise SeedError(f"already there with another value, so nothing was written: {', '.join(differing)}")
    for key, values in wanted.items():
        present, version = there[key]
        added = sorted(set(values) - set(present))
        if added:
            vault.write(key, {**present, **values}, version)
        print(f"secret/{key}: {'added ' + ', '.join(added) if added else 'nothing to do'}")


if __name__ == "__main__":
    sys.exit(main())
