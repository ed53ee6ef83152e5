"""Where a module lies in its repository, and which of the repository's tags are its own (cmd/go: newCodeRepo)."""

from collections.abc import Iterable
from dataclasses import dataclass

from gomod.module import path_major_prefix, split_path_version


@dataclass(frozen=True, slots=True)
class Place:
    """A module's place in a repository."""

    code_dir: str
    """The folder that its tags are named after; empty for the root. The module may lie in `vN` below it."""
    path_major: str
    """The end of its path that names the major version: `/v2`, `.v2` or nothing."""

    @classmethod
    def of(cls, path: str, subdir: str) -> "Place":
        """The place of the module `path` that lies in the repository's folder `subdir`. Raises InvalidPath.

        Major version 2 may lie in the folder `v2` or where version 1 was: its tags are `v2.x.y` in both cases.
        """
        _, path_major = split_path_version(path)
        if path_major.startswith("/") and f"/{subdir}".endswith(path_major):
            subdir = subdir.removesuffix(path_major[1:]).removesuffix("/")
        return cls(subdir, path_major)

    @property
    def tag_prefix(self) -> str:
        """What stands before the version in the module's tags: `sub/folder/` or nothing."""
        return f"{self.code_dir}/" if self.code_dir else ""

    @property
    def decisive_tags(self) -> str:
        """The prefix of all the tags that its pseudo-versions depend on: `sub/folder/v2.`."""
        return self.tag_prefix + (f"{self.path_major[1:]}." if self.path_major else "")

    @property
    def sample_tag(self) -> str:
        """What a tag of one of its releases looks like."""
        return f"{self.tag_prefix}{path_major_prefix(self.path_major) or 'v1'}.2.3"

    @property
    def go_mod_names(self) -> tuple[str, ...]:
        """Where a revision may have its go.mod, the more specific place first."""
        at_root = f"{self.tag_prefix}go.mod"
        if not self.path_major.startswith("/"):
            return (at_root,)
        return (f"{self.tag_prefix}{self.path_major[1:]}/go.mod", at_root)

    def own(self, tags: Iterable[str]) -> list[str]:
        """The module's own tags, without their prefix."""
        return [tag.removeprefix(self.tag_prefix) for tag in tags if tag.startswith(self.tag_prefix)]
