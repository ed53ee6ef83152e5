"""Publishing the sample module to the registry that runs on this machine, as CI would publish a real one."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scripts.local.sample import prepare
from scripts.local.venv import tool


class PublishError(Exception):
    """gomod-publish did not succeed; its own message went to standard error."""


def publish_sample(values: Mapping[str, str], token: str) -> str:
    """Publish the sample as it is now, which may have been done before. Returns its version.

    Raises PublishError and SampleError.
    """
    repository = Path(values["STATE"]) / "sample"
    prepare(Path(values["SAMPLE"]), repository)
    client = {name: values[name] for name in ("GO_REGISTRY_URL", "GO_MODULE_PATH")} | {"GO_REGISTRY_TOKEN": token}
    with tempfile.TemporaryDirectory(prefix="gomod-sample-") as packed:
        _gomod_publish(client, "pack", repository, "--output", packed)
        told = json.loads(_gomod_publish(client, "upload", packed))
    version: str = told["versions"][0]["version"]
    return version


def _gomod_publish(client: Mapping[str, str], *arguments: str | Path) -> str:
    """The JSON that it prints."""
    command = [tool("gomod-publish"), *arguments, "--json"]
    ended = subprocess.run(command, env={**os.environ, **client}, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode != 0:
        raise PublishError(f"gomod-publish {arguments[0]} ended with status {ended.returncode}")
    return ended.stdout
