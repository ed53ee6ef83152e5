"""Taking a version out of every list, and putting it back; its files stay for the builds that pin them."""

from gomod.errors import NotFound
from gomod.module import ModuleVersion
from gomod_storage import durable, projection, removal, version_folder, withdrawn
from gomod_storage.places import Places
from gomod_storage.staging import hold, note, strike
from gomod_storage.store import Withdrawal


def withdraw(places: Places, module: ModuleVersion, withdrawal: Withdrawal) -> None:
    """Mark a version that stands, or say anew why it is withdrawn. Raises NotFound and OSError."""
    target = withdrawn.file(places, module)
    # A remover has looked before whether it is withdrawn.
    with removal.alone(places), hold(places) as staging:
        if not version_folder.stands(places.version(module)):
            raise NotFound(f"{module}: not in the store")
        durable.make_folders(places.root, target.parent)
        fresh = staging.path / "mark"
        durable.write(fresh, withdrawn.encode(withdrawal))
        # Noted like a commit: the next start rewrites the list when we don't get to it.
        note(staging, module)
        fresh.rename(target)
        durable.sync_entry(places.root, target)
        projection.list_anew(places, module.path)
        strike(staging)


def reinstate(places: Places, module: ModuleVersion) -> None:
    """Take the mark off again. Raises OSError; FileNotFoundError when the version has none."""
    target = withdrawn.file(places, module)
    with hold(places) as staging:
        note(staging, module)
        target.unlink()
        durable.sync(target.parent)
        projection.list_anew(places, module.path)
        strike(staging)
