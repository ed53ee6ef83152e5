"""How large a module may be: x/mod's limits, and our own where x/mod has none."""

MAX_ZIP_FILE = 500 << 20
"""Bytes of a module's zip, and of everything in it unpacked (zip.MaxZipFile)."""

MAX_GO_MOD = 16 << 20
"""Bytes of a module's go.mod (zip.MaxGoMod)."""

MAX_PARSED_GO_MOD = 1 << 20
"""Bytes of a go.mod that is read as such. Ours: sixteen times as much could cost a minute and two gigabytes."""

MAX_LICENSE = 16 << 20
"""Bytes of the LICENSE at a module's root (zip.MaxLICENSE)."""

MAX_NAMES = 200_000
"""Files and directories of a module. Ours: each costs memory before anything of it is known to be right."""

MAX_DIRECTORY = 32 << 20
"""Bytes of a zip's central directory. Ours, for the same reason."""

MAX_NAME = 1024
"""Bytes of a name in a zip, `<path>@<version>/` included. Ours: no longer path can be unpacked on macOS."""

MAX_ELEMENT = 255
"""Bytes of one element of such a name. Ours: no usual file system takes a longer one."""

CHUNK_BYTES = 256 * 1024
"""How much of a file is in memory at once."""
