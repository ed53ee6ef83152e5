"""What the deployment's scripts and tests share: the tools they run, and the environments they deploy to."""

import sys
from pathlib import Path

# As in scripts/local: said before any module with newer syntax is read.
if sys.version_info < (3, 11):  # noqa: UP036 - it is not outdated for a machine that has an older Python
    sys.exit(f"gomod-registry needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")

ROOT = Path(__file__).resolve().parent.parent.parent
