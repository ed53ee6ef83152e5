"""Publishing the sample module to the registry that runs on this machine, as CI would publish a real one."""

import json
import os
import subprocess
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
    client = {name: values[name] for name in ("GO_REGISTRY_URL", "GO_MODULE_PATH")}
    ended = subprocess.run(
        [tool("gomod-publish"), "run", "--json", repository],
        env=dict(os.environ) | client | {"GO_REGISTRY_TOKEN": token},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise PublishError(f"gomod-publish ended with status {ended.returncode}")
    version: str = json.loads(ended.stdout)["versions"][0]["version"]
    return version
