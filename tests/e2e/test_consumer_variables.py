"""The source document's own consumer variables work as they stand."""

from pathlib import Path

from tests.e2e.go import GREETING
from tests.e2e.namespace import what_happens_in
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, SAMPLE, UUID


def test_the_documents_variables_build_a_program_and_no_private_name_reaches_upstream(
    tmp_path: Path, uuid_module: PublicModule
) -> None:
    seen = what_happens_in("in_namespace", tmp_path, uuid_module.folder)
    assert seen["printed"] == GREETING
    # GOPRIVATE made go pass by GOPROXY for the private module: it asked where the module lives, and was sent to us.
    assert seen["asked_of_proxy"].index("/ameide-sdk-go") < seen["asked_of_proxy"].index(f"/{SAMPLE}/@v/v1.0.0.zip")
    assert f"/{UUID}/@v/v1.6.0.zip" in seen["asked_of_upstream"]
    assert not [path for path in seen["asked_of_upstream"] if PRIVATE in path or "ameide" in path]
