"""The registry on a machine without a cluster: what scripts/install and scripts/up do, in plain Python."""

import sys
from pathlib import Path

# Said here, before any module with newer syntax is read, to whoever starts a script with the Python of the system.
if sys.version_info < (3, 11):  # noqa: UP036 - it is not outdated for a machine that has an older Python
    sys.exit(f"gomod-registry needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
STATE = ROOT / ".local"  # what survives a restart: the volume, the token, the sample's git repository
