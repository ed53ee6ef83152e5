"""A version packed into files, laid out as the GOPROXY protocol names them: a folder of them is a file:// GOPROXY."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from gomod.errors import Malformed, NotFound
from gomod.info import Info
from gomod.layout import FileRequest, Kind, file_name, parse
from gomod.module import ModuleVersion
from gomod.submission import check_submission
from gomod_publish.errors import NotPublishable


@dataclass(frozen=True, slots=True)
class Packed:
    """One version's three files in a folder, checked and hashed."""

    module: ModuleVersion
    folder: Path
    info: Info
    h1: str  # of the zip, as go.sum has it
    go_mod_h1: str

    @classmethod
    def read(cls, folder: Path, module: ModuleVersion) -> "Packed":
        """Hold the files to the uploader's own rules, before anything is sent.

        Raises InvalidModule with every rule that is broken, NotPublishable when a file is not there.
        """
        files = {kind: folder / file_name(module, kind) for kind in get_args(Kind)}
        for file in files.values():
            if not file.is_file():
                raise NotPublishable(f"{file} is missing: pack {module} again")
        checked = check_submission(
            module, info=files["info"].read_bytes(), go_mod=files["mod"].read_bytes(), zip_path=files["zip"]
        )
        return cls(module, folder, checked.info, checked.h1, checked.go_mod_h1)

    def file(self, kind: Kind) -> Path:
        """Where one of the three files is."""
        return self.folder / file_name(self.module, kind)


def find_packed(folder: Path) -> list[Packed]:
    """Every version packed into `folder`, in the order of their names. Raises as Packed.read does."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.info"))
    if not names:
        raise NotPublishable(f"{folder} holds no packed version: make one with `gomod-publish pack DIR -o {folder}`")
    return [Packed.read(folder, _module_of(name)) for name in names]


def _module_of(name: str) -> ModuleVersion:
    try:
        request = parse(name)
    except (Malformed, NotFound) as error:
        raise NotPublishable(f"{name} is not where `gomod-publish pack` puts an .info: {error}") from error
    if not isinstance(request, FileRequest):
        raise NotPublishable(f"{name} is not the .info of a version: it is not what `gomod-publish pack` made")
    return request.module
