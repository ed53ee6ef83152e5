"""`python -m gomod_uploader`: the uploader as a process."""

import sys

from gomod_service import serve
from gomod_uploader.app import create_app
from gomod_uploader.settings import Settings


def main() -> int:
    """Run until told to stop; returns the process's exit status."""
    return serve.main("gomod_uploader", "Takes uploads of our own modules: POST /upload.", Settings, create_app)


if __name__ == "__main__":
    sys.exit(main())
