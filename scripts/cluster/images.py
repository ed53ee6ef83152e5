"""The images of the cluster, built by buildah: the Dockerfiles as they stand, on a base made from Debian's packages."""

import os
import shutil
from pathlib import Path

from scripts.cluster.commands import run
from scripts.cluster.leftovers import unmount
from scripts.deploy import ROOT

# The name that the Dockerfiles begin FROM. No image registry is within reach where tests run, so the name is given to a
# Debian that debootstrap made, with the Python that Debian has.
BASE = "docker.io/library/python:3.13-slim-bookworm"
_PACKAGES = "ca-certificates,python3,python3-pip,python3-venv"


class Images:
    """buildah's store in a folder, and the OCI archives that come out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archives = folder / "archives"
        self._wrapper = folder / "bin" / "buildah"

    def prepare(self, base: Path) -> None:
        """Make the base image from an archive of Debian's files, and the buildah command that knows the store."""
        self.archives.mkdir(parents=True, exist_ok=True)
        self._wrapper.parent.mkdir(parents=True, exist_ok=True)
        buildah = shutil.which("buildah")
        store = f"--root {self.folder}/store --runroot {self.folder}/run --storage-driver overlay"
        self._wrapper.write_text(f'#!/bin/sh\nTMPDIR={self.folder} exec {buildah} {store} "$@"\n')
        self._wrapper.chmod(0o755)
        container = self.buildah("from", "scratch").strip()
        self.buildah("add", "--quiet", container, str(base), "/")
        self.buildah("run", "--isolation", "chroot", container, "ln", "-s", "/usr/bin/python3", "/usr/local/bin/python")
        self.buildah("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", container)
        self.buildah("commit", "--quiet", "--rm", container, BASE)

    def build_ours(self, *names: str, anew: bool = False, tree: Path = ROOT) -> None:
        """Build images of a tree of this repository by its own script, for its environment local; `anew`: no cache."""
        # The build may use the network and the certificates of this machine; nothing of either stays in the image.
        arguments = "--isolation chroot --pull=false --network host --volume /etc/ssl/certs:/etc/ssl/certs:ro"
        arguments += " --volume /etc/resolv.conf:/etc/resolv.conf:ro" + (" --no-cache" if anew else "")
        archives = self.archives if tree == ROOT else self.archives / tree.name
        run(
            [tree / "scripts/build-local-packages-images.sh", "--archive", archives, "local", *names],
            environ={"PATH": f"{self._wrapper.parent}:{os.environ['PATH']}", "BUILD_ARGUMENTS": arguments},
        )

    def pack(self, name: str, program: Path, base: str = "scratch") -> None:
        """An image of one program that is there already, as `localhost/<name>:local`."""
        container = self.buildah("from", "--pull=false", base).strip()
        self.buildah("copy", "--quiet", container, str(program.resolve()), f"/usr/local/bin/{program.name}")
        self.buildah("config", "--entrypoint", f'["/usr/local/bin/{program.name}"]', container)
        image = f"localhost/{name}:local"
        self.buildah("commit", "--quiet", "--rm", container, image)
        archive = self.archives / f"{name}.oci.tar"
        archive.unlink(missing_ok=True)
        self.buildah("push", "--quiet", image, f"oci-archive:{archive}:{image}")

    def buildah(self, *arguments: str) -> str:
        """What buildah prints."""
        return run([self._wrapper, *arguments])

    def identity(self, name: str) -> str:
        """The hash of everything in `localhost/<name>:local`."""
        return self.buildah("images", "--no-trunc", "--format", "{{.ID}}", f"localhost/{name}:local").strip()

    def run(self, name: str, *command: str) -> str:
        """What a command in a container of `localhost/<name>:local` prints, run as the image's own user."""
        container = self.buildah("from", "--pull=false", f"localhost/{name}:local").strip()
        try:
            return self.buildah("run", "--isolation", "chroot", container, "--", *command)
        finally:
            self.buildah("rm", container)

    def remove(self) -> None:
        """Remove the store, whose layers are mounted file systems that a plain removal stumbles over."""
        self.buildah("rm", "--all")
        self.buildah("rmi", "--all", "--force")
        unmount(self.folder)


def debian(archive: Path) -> None:
    """Write an archive of the files of a small Debian that has Python."""
    folder = archive.with_suffix(".files")
    run(["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", folder])
    run(["chroot", folder, "apt-get", "clean"])
    run(["tar", "--create", "--file", archive, "--directory", folder, "."])
    shutil.rmtree(folder)
