"""What a publisher should hear of and may still publish: it stands in the receipt, and refuses nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from gomod import errors, modfile
from gomod.errors import InvalidGoMod
from gomod_storage.os_errors import writing
from gomod_uploader.secrets import secrets_in
from gomod_uploader.validate import Valid

LARGE_FILE = 5 * 1024 * 1024
_MOST = 100


@dataclass(frozen=True, slots=True)
class Remark:
    """A code that never changes its meaning, and a sentence for a person, shortened as those of violations are."""

    code: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", errors.shortened(self.message))


def shortened(remarks: list[Remark]) -> tuple[Remark, ...]:
    """The first hundred, and how many more there are."""
    more = len(remarks) - _MOST
    rest = [Remark("more-warnings", f"and {more} more")] if more > 0 else []
    return (*remarks[:_MOST], *rest)


def remarks_on(valid: Valid) -> list[Remark]:
    """Remarks on a module that keeps every rule. Raises Unavailable. Reads the zip: call it in a worker thread."""
    large = [
        Remark("file-large", f"{file.path} has {file.size} bytes; everyone who needs the module downloads them")
        for file in valid.archive.files
        if file.size > LARGE_FILE
    ]
    with writing("the upload"):
        found = [
            Remark("secret", f"{place} looks like {what}")
            for place, what in secrets_in(valid.archive, valid.release.staging.zip)
        ]
    return [*_on_go_mod(valid.go_mod), *large, *found]


def _on_go_mod(data: bytes) -> Iterator[Remark]:
    try:
        go_mod = modfile.parse(data)
    except InvalidGoMod as error:
        # Consumers read it (validate has seen to that); whoever works in the module itself can't.
        yield Remark("mod-strict", f"the go command will not work inside this module: {error}")
        return
    for replace in go_mod.replace:
        if not replace.new.version:
            yield Remark(
                "replace-local",
                f"go.mod replaces {replace.old.path} by the directory {replace.new.path}: that counts in this module "
                f"only, those who need it get {replace.old.path} itself",
            )
