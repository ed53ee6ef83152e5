"""A consumer of a published version: go finds it, builds a program with it, and the program says what is in it."""

from pathlib import Path

from gomod_publish.errors import NotServed
from gomod_publish.packed import Packed
from gomod_publish.smoke.go import Go

# The program says which modules it was built with, and by which hash: what go has compiled in, not what we think.
_MAIN = """\
package main

import (
	"fmt"
	"runtime/debug"

	_ "{package}"
)

func main() {{
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {{
		fmt.Println(module.Path, module.Version, module.Sum)
	}}
}}
"""


def check_known(go: Go, packed: Packed) -> str:
    """`go list -m` must find the version. Raises GoFailed."""
    return go.run("list", "-m", "-f", "{{.Path}} {{.Version}} {{.Time}}", str(packed.module), cwd=go.folder()).strip()


def check_consumer(go: Go, packed: Packed) -> str:
    """A program that imports the module must build, run, and have the very content that was packed in it.

    Of a module without a package that can be imported the commands are built. Raises GoFailed, NotServed.
    """
    folder, module = go.folder(), packed.module
    go.run("mod", "init", "consumer.invalid", cwd=folder)
    go.run("mod", "edit", f"-require={module}", cwd=folder)
    importable, commands = _packages(go, folder, module.path)
    if not importable:
        if commands:
            go.run("build", "-mod=mod", "-o", f"{folder}/bin/", *commands, cwd=folder)
        return f"nothing to import; built {', '.join(commands) or 'nothing either'}"
    (folder / "main.go").write_text(_MAIN.format(package=importable[0]))
    go.run("build", "-mod=mod", "-o", "consumer", ".", cwd=folder)
    built_with = go.run_built(folder / "consumer").splitlines()
    if f"{module.path} {module.version} {packed.h1}" not in built_with:
        raise NotServed(
            f"a consumer that requires {module} was built, but not with {packed.h1}; it has {', '.join(built_with)}"
        )
    return f"a program that imports {importable[0]} runs with {module.version} {packed.h1}"


def _packages(go: Go, folder: Path, path: str) -> tuple[list[str], list[str]]:
    """The module's packages for this platform that others may import, the shortest path first, and its commands."""
    fields = "{{if and .GoFiles .Module}}{{.Module.Path}} {{.Name}} {{.ImportPath}}{{end}}"
    importable, commands = [], []
    for line in go.run("list", "-mod=mod", "-f", fields, f"{path}/...", cwd=folder).splitlines():
        module, name, package = line.split()
        if module != path:  # of another module whose path begins with this one's
            continue
        if name == "main":
            commands.append(package)
        elif "internal" not in package.split("/"):
            importable.append(package)
    return sorted(importable, key=len), commands
