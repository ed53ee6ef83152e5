"""The Tiltfile as a real Starlark reads it, with Tilt's own functions stood in for."""

from collections.abc import Callable
from dataclasses import dataclass, field

import starlark as sl

from scripts.deploy import ROOT

# What Tilt offers and the Tiltfile uses; `given` stands for the arguments of `tilt up`.
_TILT = """
config = struct(
    define_string = lambda name, usage: None,
    define_string_list = lambda name, usage: None,
    parse = lambda: given(),
)
"""


@dataclass(frozen=True)
class Resource:
    """A local_resource."""

    cmd: str
    resource_deps: list[str] = field(default_factory=list)
    deps: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def read(**given: object) -> dict[str, Resource]:
    """The resources that the Tiltfile makes of these arguments."""
    resources: dict[str, Resource] = {}

    def local_resource(name: str, **more: object) -> None:
        resources[name] = Resource(**more)  # type: ignore[arg-type]  # what it is given decides

    module = sl.Module()
    functions: dict[str, Callable[..., object]] = {"local_resource": local_resource, "given": lambda: given}
    for name, function in functions.items():
        module.add_callable(name, function)
    dialect = sl.Dialect.extended()
    text = _TILT + (ROOT / "Tiltfile").read_text()
    sl.eval(module, sl.parse("Tiltfile", text, dialect), sl.Globals.extended_by([sl.LibraryExtension.StructType]))
    return resources
