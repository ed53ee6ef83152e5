"""The store: whole versions of modules, committed once and never changed."""

from gomod_storage.store import (
    Blob,
    Document,
    Indexed,
    ModuleStore,
    PartKind,
    Release,
    Staging,
    StoreReader,
    Withdrawal,
)

__all__ = ["Blob", "Document", "Indexed", "ModuleStore", "PartKind", "Release", "Staging", "StoreReader", "Withdrawal"]
