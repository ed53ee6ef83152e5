"""Which paths of a source tree are of other modules, by their form alone (zip.CheckFiles)."""

from collections.abc import Iterator

from gomod.goversion import is_at_least


def is_vendored(path: str, go: str) -> bool:
    """Whether the path lies in a vendored package, in the eyes of the Go version that the go.mod names (or "").

    Before 1.24 go dropped one file too many and one too few, and still does for such modules: their hashes stay.
    """
    is_modern = is_at_least(go, 1, 24)
    if is_modern and path == "vendor/modules.txt":
        return True
    before, vendor, rest = f"/{path}".partition("/vendor/")
    if not vendor:
        return False
    if before and not is_modern:
        rest = path[len("/vendor/") :]  # go counted from the path's beginning, wherever /vendor/ stood
    return "/" in rest


def is_clean(path: str) -> bool:
    """Whether path.Clean would leave the path alone."""
    if path in ("", "/", ".", ".."):
        return path != ""
    elements = path.removeprefix("/").split("/")
    while elements and elements[0] == ".." and not path.startswith("/"):
        del elements[0]
    return not any(element in ("", ".", "..") for element in elements)


def folders_above(path: str) -> Iterator[str]:
    """`a/b/c` → `a/b`, `a`."""
    while (slash := path.rfind("/")) >= 0:
        path = path[:slash]
        yield path
