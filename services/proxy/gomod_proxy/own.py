"""Which modules are ours: never asked upstream, and pointed to us when go asks `?go-get=1`."""

from dataclasses import dataclass

from gomod.module import match_prefix_patterns


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One GOPRIVATE glob, and the root above everything that it matches."""

    glob: str
    root: str  # its leading elements without a wildcard; at least the first element, wildcard or not

    @property
    def root_length(self) -> int:
        """How many elements the root has."""
        return self.root.count("/") + 1

    def root_of(self, path: str) -> str | None:
        """The root that `path` stands at or below, if it is one of ours by this pattern."""
        elements = path.split("/")
        at_root = len(elements) == self.root_length and match_prefix_patterns(self.root, path)
        if at_root or match_prefix_patterns(self.glob, path):
            return "/".join(elements[: self.root_length])
        return None


class OwnModules:
    """The modules that GOMOD_PRIVATE_PATTERNS means, and the roots of their prefixes.

    A root is what a pattern says before its first wildcard: `go.corp.example/*` has the root `go.corp.example`. No
    public module can stand there, and go probes it when it looks for a package, so it counts as ours as well.
    """

    def __init__(self, patterns: str) -> None:
        self.patterns = patterns
        self._patterns = tuple(_pattern(glob) for glob in patterns.split(","))

    @property
    def roots(self) -> tuple[str, ...]:
        """The root of each pattern."""
        return tuple(pattern.root for pattern in self._patterns)

    def owns(self, path: str) -> bool:
        """Whether `path` names a module of ours, or the root of a prefix of ours."""
        return self.root_of(path) is not None

    def root_of(self, path: str) -> str | None:
        """The prefix that `path` belongs to, None when it isn't ours.

        Of several it is the shortest: go asks the root again and refuses another answer there, and every pattern that
        gives a prefix for the root gives it for all that is below.
        """
        roots = [root for pattern in self._patterns if (root := pattern.root_of(path)) is not None]
        return min(roots, key=len, default=None)


def _pattern(glob: str) -> _Pattern:
    elements = glob.rstrip("/").split("/")
    plain = next((index for index, element in enumerate(elements) if set(element) & set("*?[\\")), len(elements))
    return _Pattern(glob, "/".join(elements[: max(1, plain)]))
