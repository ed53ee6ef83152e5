"""Which files a build needs, by its go.sum."""

from collections.abc import Iterator
from dataclasses import dataclass

from gomod import layout
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_admin.gosum import GoSum
from gomod_proxy.own import OwnModules


@dataclass(frozen=True, slots=True)
class WantedFile:
    """One file of a version."""

    module: ModuleVersion
    kind: Kind

    @property
    def name(self) -> str:
        """Its name in a bundle, which is that of its URL."""
        return layout.file_name(self.module, self.kind)


def wanted(go_sum: GoSum, own_modules: OwnModules) -> list[WantedFile]:
    """Every file, by name: the whole version where go.sum has its zip, else the go.mod.

    Of our own modules it is always the whole version, for no registry keeps single files of those.
    """
    return sorted(_files(go_sum, own_modules), key=lambda file: file.name)


def _files(go_sum: GoSum, own_modules: OwnModules) -> Iterator[WantedFile]:
    for module in {*go_sum.zips, *go_sum.go_mods}:
        yield WantedFile(module, "mod")
        if module in go_sum.zips or own_modules.owns(module.path):
            yield WantedFile(module, "info")
            yield WantedFile(module, "zip")
