"""Which versions must stay because somebody deploys them: those in the state documents that publishing leaves."""

from collections.abc import Iterable
from pathlib import Path

from gomod.errors import Malformed
from gomod.module import ModuleVersion
from gomod_publish.state.document import State


def read_pins(places: Iterable[Path]) -> frozenset[ModuleVersion]:
    """The versions that the documents name. A folder stands for the *.json in it.

    Raises Malformed for what is no state document, or a folder without any: too few pins delete too much. OSError.
    """
    return frozenset(_read(file) for place in places for file in _files(place))


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    files = sorted(place.glob("*.json"))
    if not files:
        raise Malformed(f"{place} holds no state documents")
    return files


def _read(file: Path) -> ModuleVersion:
    try:
        return State.parse(file.read_text()).module
    except (Malformed, UnicodeDecodeError) as error:
        raise Malformed(f"{file}: {error}") from error
