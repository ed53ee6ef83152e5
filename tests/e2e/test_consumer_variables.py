"""The source document's own consumer variables work as they stand."""

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.local import ROOT
from tests.e2e.go import GREETING
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, SAMPLE, UUID

NAMESPACE = ["unshare", "--mount", "--net"]


def test_the_documents_variables_build_a_program_and_no_private_name_reaches_upstream(
    tmp_path: Path, uuid_module: PublicModule
) -> None:
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    ended = subprocess.run(
        [*NAMESPACE, *as_root, sys.executable, "-m", "tests.e2e.in_namespace", tmp_path, uuid_module.folder],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    seen = json.loads(ended.stdout)
    assert seen["printed"] == GREETING
    # GOPRIVATE made go pass by GOPROXY for the private module: it asked where the module lives, and was sent to us.
    assert seen["asked_of_proxy"].index("/ameide-sdk-go") < seen["asked_of_proxy"].index(f"/{SAMPLE}/@v/v1.0.0.zip")
    assert f"/{UUID}/@v/v1.6.0.zip" in seen["asked_of_upstream"]
    assert not [path for path in seen["asked_of_upstream"] if PRIVATE in path or "ameide" in path]
