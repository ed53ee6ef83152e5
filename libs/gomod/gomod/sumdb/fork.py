"""The worst that a checksum database can do: show one history to some and another to others."""

import base64
from collections.abc import Sequence

from gomod.sumdb.errors import Disproved
from gomod.sumdb.head import SignedHead


class Fork(Disproved):
    """Two signed tree heads that can't belong to one history: the database, or its key's thief, has been caught.

    `evidence` is a text that convinces everybody who has the public key; somebody should publish it.
    """

    def __init__(
        self, database: str, older: SignedHead, newer: SignedHead, prefix: bytes, proof: Sequence[bytes]
    ) -> None:
        """`proof` shows that the newer tree begins with one of the older's size whose hash is `prefix`, not its."""
        super().__init__(
            f"SECURITY: the checksum database {database} has signed two histories: its tree of {newer.tree.size} "
            f"records ({_base64(newer.tree.hash)}) does not begin with its tree of {older.tree.size} "
            f"({_base64(older.tree.hash)}); nothing that it says can be trusted"
        )
        self.older = older
        self.newer = newer
        self.evidence = "\n".join(
            [
                f"Signed by {database}:\n\n{older.note.decode()}",
                f"Signed by {database} too:\n\n{newer.note.decode()}",
                f"Yet the first {older.tree.size} records of the latter have the hash {_base64(prefix)}; proof:",
                *map(_base64, proof),
            ]
        )


def _base64(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()
