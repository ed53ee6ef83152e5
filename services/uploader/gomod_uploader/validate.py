"""A submission becomes a release when it keeps the rules of Go modules. Knows no HTTP."""

from dataclasses import dataclass

from gomod.info import Info
from gomod.module import ModuleVersion
from gomod.modzip import CheckedZip
from gomod.submission import check_submission
from gomod_storage.os_errors import writing
from gomod_storage.store import Release
from gomod_uploader.receive import Submission


@dataclass(frozen=True, slots=True)
class Valid:
    """A submission that keeps every rule, and what its parts say."""

    release: Release
    info: Info
    go_mod: bytes
    archive: CheckedZip


def validate(submission: Submission) -> Valid:
    """Judge a submission. Raises InvalidModule with every broken rule that was found, Unavailable.

    It reads the whole zip: call it in a worker thread.
    """
    staging = submission.staging
    with writing("the upload"):
        go_mod, info = staging.mod.read_bytes(), staging.info.read_bytes()
    module = ModuleVersion(submission.module, submission.version)
    checked = check_submission(module, info=info, go_mod=go_mod, zip_path=staging.zip)
    release = Release(module, staging, checked.h1, checked.go_mod_h1)
    return Valid(release, checked.info, go_mod, checked.archive)
