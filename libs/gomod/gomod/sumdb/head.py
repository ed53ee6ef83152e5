"""Tree heads as text, and signed (golang.org/x/mod/sumdb/tlog: ParseTree)."""

import base64
import re
from dataclasses import dataclass

from gomod.errors import UpstreamError
from gomod.sumdb.errors import Disproved
from gomod.sumdb.note import VerifierKey, Verify, open_note
from gomod.sumdb.tlog import EMPTY_TREE, TreeHead

_HEAD = re.compile(rb"go\.sum database tree\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n.*", re.DOTALL)
_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A tree head, and the note that signs it."""

    tree: TreeHead
    note: bytes


NOTHING_SEEN = SignedHead(TreeHead(0, EMPTY_TREE), b"")
"""What is known of a database before its first answer."""


def parse_head(text: bytes) -> TreeHead:
    """Read the text that a database signs; lines after the third are for later versions. Raises UpstreamError."""
    match = _HEAD.fullmatch(text)
    if match is None or int(match[1]) > _MAX_SIZE:
        raise UpstreamError("malformed tree head: expected 'go.sum database tree', a size and a hash")
    return TreeHead(int(match[1]), base64.b64decode(match[2]))


def open_head(note: bytes, key: VerifierKey, verify: Verify) -> SignedHead:
    """The head that a note of the key's owner states. Raises UpstreamError for nonsense, Disproved for a forgery."""
    tree = parse_head(open_note(note, key, verify))
    if tree.size == 0 and tree.hash != EMPTY_TREE:
        raise Disproved("signed tree of no records has a hash that no empty tree has")
    return SignedHead(tree, note)
