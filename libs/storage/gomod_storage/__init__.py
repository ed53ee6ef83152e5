"""The store: whole versions of modules, committed once and never changed."""

from gomod_storage.store import (
    Blob,
    Document,
    Extent,
    Hashes,
    Indexed,
    Inventory,
    ModuleStore,
    PartKind,
    Release,
    Staging,
    Store,
    StoreReader,
    Withdrawal,
)

__all__ = [
    "Blob",
    "Document",
    "Extent",
    "Hashes",
    "Indexed",
    "Inventory",
    "ModuleStore",
    "PartKind",
    "Release",
    "Staging",
    "Store",
    "StoreReader",
    "Withdrawal",
]
