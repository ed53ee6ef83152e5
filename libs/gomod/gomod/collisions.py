"""Which paths can't stand beside each other in one module, because some file system takes them for the same."""

from gomod.unicode import fold


class PathCollisions:
    """The paths of a module so far, each with every directory above it.

    As in x/mod, a path that collides stays remembered: what collides with it is wrong as well.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, bool]] = {}  # by folded path: the path, and whether it is a directory
        self._sound: set[str] = set()  # directories that stand beside all seen, with every directory above them

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, path: str, *, is_directory: bool) -> str:
        """Remember the path; return how it collides, empty when it does not.

        Paths that differ in case alone collide, and so do a file with a directory and a file with itself.
        """
        folded = fold(path)
        above: list[str] = []
        while not (is_directory and path in self._sound):
            if (other := self._seen.get(folded)) is None:
                self._seen[folded] = (path, is_directory)
            elif other[0] != path:
                return f"{other[0]!r} and {path!r} differ in case alone"
            elif other[1] != is_directory:
                return f"{path!r} is both a file and a directory"
            elif not is_directory:
                return f"{path!r} stands there twice"
            if is_directory:
                above.append(path)
            parent, slash, _ = path.rpartition("/")
            if not slash:
                break
            # Folding takes one character for one, so the folded parent is as long as the parent.
            path, folded, is_directory = parent, folded[: len(parent)], True
        self._sound.update(above)
        return ""
