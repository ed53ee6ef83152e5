"""A process that publishes many versions with bytes of its own; a program that test_race.py runs eight times at once.

usage: publisher.py ROOT NUMBER VERSIONS

Waits for a line on standard input, so that all begin together. Prints a JSON list: which versions it published.
"""

import json
import sys
from pathlib import Path

from gomod.errors import AlreadyExists
from gomod_storage.commit import commit
from gomod_storage.places import Places
from gomod_storage.staging import hold
from tests.storage.modules import Packed, pack

PATH = "git.example.com/Team/lib"


def offer(version: str, number: int) -> Packed:
    """The module as publisher `number` has it: each of its three files says whose it is."""
    packed = pack(PATH, version, f"package x // {number}\n")
    info = f'{{"Version":"{version}","Time":"2026-01-02T03:04:{number:02}Z"}}'.encode()
    return Packed(packed.module, info, packed.mod + f"// {number}\n".encode(), packed.zip)


def main(root: str, number: str, versions: str) -> None:
    places, won = Places(Path(root)), []
    print("ready", flush=True)
    sys.stdin.readline()
    for minor in range(int(versions)):
        packed = offer(f"v1.{minor}.0", int(number))
        with hold(places) as staging:
            try:
                if commit(places, packed.write(staging)):
                    won.append(packed.module.version)
            except AlreadyExists:
                continue
    print(json.dumps(won))


if __name__ == "__main__":
    main(*sys.argv[1:])
