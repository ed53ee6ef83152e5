"""One action on a volume, for strace to kill or to fail at any of its system calls; a program that test_crash.py runs.

usage: crash_driver.py ACTION ROOT MODULE VERSION H1 GO_MOD_H1 FILES

ACTION is commit, keep (a part), cull, quarantine or start; FILES is a folder like that of staging. Between
the two marks lies what is numbered: not the interpreter's own start. Prints what came of it, and ends with status 3
when that is an error.
"""

import shutil
import sys
from pathlib import Path

from gomod.errors import RegistryError
from gomod.module import ModuleVersion
from gomod_storage import Release, Staging, parts, removal, repair, version_folder
from gomod_storage.commit import commit
from gomod_storage.places import Places
from gomod_storage.staging import hold

REFUSED = 3
BEGIN = Path("/the-action-begins")
END = Path("/the-action-ends")


def act(action: str, places: Places, module: ModuleVersion, h1: str, go_mod_h1: str, files: Path) -> str:
    if action == "commit":
        with hold(places) as staging:
            given = Staging(files)
            for source, target in ((given.info, staging.info), (given.mod, staging.mod), (given.zip, staging.zip)):
                shutil.copyfile(source, target)
            return "published" if commit(places, Release(module, staging, h1, go_mod_h1)) else "identical"
    if action == "keep":
        return parts.keep(places, module, "mod", Staging(files).mod.read_bytes()).data.decode()
    if action in ("cull", "quarantine"):
        judged = version_folder.identity(places.version(module).stat())
        if action == "cull":
            return f"culled: {removal.cull(places, module, judged, 'unused')}"
        return f"moved: {removal.quarantine(places, module, judged, 'damaged', 'gone')}"
    repair.start(places)
    return "started"


def main(action: str, root: str, path: str, version: str, h1: str, go_mod_h1: str, files: str) -> int:
    places, module = Places(Path(root)), ModuleVersion(path, version)
    BEGIN.exists()
    try:
        outcome, status = act(action, places, module, h1, go_mod_h1, Path(files)), 0
    except (RegistryError, OSError) as error:
        outcome, status = f"{type(error).__name__}: {error}", REFUSED
    END.exists()
    print(outcome)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
