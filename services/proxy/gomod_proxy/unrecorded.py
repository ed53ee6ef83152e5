"""Modules whose names no checksum database is told: our own, and other private ones that come through us."""

from gomod.module import match_prefix_patterns
from gomod_proxy.own import OwnModules


class Unrecorded:
    """What GOMOD_PRIVATE_PATTERNS and GOMOD_NOSUMDB mean together; the latter is GONOSUMDB for the whole house."""

    def __init__(self, own_modules: OwnModules, patterns: str) -> None:
        self._own_modules = own_modules
        self._patterns = patterns

    def __call__(self, path: str) -> bool:
        """Whether this module is one of them."""
        return self._own_modules.owns(path) or match_prefix_patterns(self._patterns, path)
