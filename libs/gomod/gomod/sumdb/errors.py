"""What can be wrong beyond a database out of reach: each of these is worth waking somebody for (Fork is in fork.py)."""

from gomod.errors import UpstreamError


class Disproved(UpstreamError):
    """An answer of the right form whose signature, hash or proof does not hold: somebody lies, or bytes were damaged.

    An answer of the wrong form, or none, is a plain UpstreamError: that is an outage and proves nothing.
    """


class Mismatch(UpstreamError):
    """A module's bytes are not those that the database has on record: whoever served the module lies."""
