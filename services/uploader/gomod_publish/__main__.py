"""The command `gomod-publish`: its subcommands, what they need, and how they end."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gomod.errors import RegistryError
from gomod_publish.exits import MEANINGS, Exit, exit_of
from gomod_publish.pack import pack
from gomod_publish.packed import Packed, find_packed
from gomod_publish.publish import publish, send
from gomod_publish.registry import Registry
from gomod_publish.report import Report
from gomod_publish.settings import RegistrySettings, check_module_path
from gomod_publish.source import read_source

_ENVIRONMENT = """\b
Environment (nothing has a default):
  GO_REGISTRY_URL    the registry, like https://go.corp.example
  GO_REGISTRY_TOKEN  a token that may publish the module; or, instead of it, one of
    GO_REGISTRY_TOKEN_FILE     a file with the token, like one that Kubernetes projects into the pod
    GO_REGISTRY_OIDC_AUDIENCE  in a GitHub job: the audience that the job's own identity is for
  GO_MODULE_PATH     when set, the one module that may be published; anything else is an error
"""

_EXITS = "\b\nExit status:\n" + "".join(f"  {status.value}  {meaning}\n" for status, meaning in MEANINGS.items())

app = typer.Typer(
    help="Publish Go modules from a git work tree: pack them, upload them, and see that the proxy serves them."
    "\n\nThe version is what the go command would call the commit: the release tag on it (v1.2.3, or sub/v1.2.3 for a"
    " module in the folder sub), else a pseudo-version after the highest tag before it. The content is the commit's,"
    " never that of uncommitted files."
    "\n\n\b\nPublish two modules of this repository:\n  gomod-publish run . ./telemetry"
    f"\n\n{_ENVIRONMENT}\n\n{_EXITS}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Folders = Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders that hold a module's go.mod.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; lines for people to stderr.")]


@app.command("pack", epilog=_EXITS)
def pack_command(
    folders: _Folders,
    out: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Where to put the files.")],
    as_json: _Json = False,
) -> None:
    """Make a version's info, mod and zip from the commit that is checked out; needs no registry.

    OUT gets the files in the layout of a module proxy: GOPROXY=file://OUT serves them.
    """
    with _reporting(as_json) as report:
        for packed in _pack(folders, out, report):
            report.done(packed, folder=str(out))


@app.command("upload", epilog=f"{_ENVIRONMENT}\n\n{_EXITS}")
def upload_command(
    out: Annotated[list[Path], typer.Argument(metavar="OUT", help="Folders that `pack` filled.")],
    as_json: _Json = False,
) -> None:
    """Send every version that `pack` put into OUT. Sending the same content again is a success."""
    with _reporting(as_json) as report:
        settings = RegistrySettings.read(os.environ)
        versions = [packed for folder in out for packed in find_packed(folder)]
        check_module_path(os.environ, (packed.module.path for packed in versions))
        with Registry(settings, say=report.say) as registry:
            for packed in versions:
                receipt = send(registry, packed, report)
                report.done(packed, registry=registry.url, new=receipt.is_new, warnings=receipt.warnings)


@app.command("run", epilog=f"{_ENVIRONMENT}\n\n{_EXITS}")
def run_command(folders: _Folders, as_json: _Json = False) -> None:
    """Pack every module, upload it, read it back through the proxy and compare: all of publishing.

    Nothing is sent before every module is packed. Running it again is safe: identical content is a success.
    """
    with _reporting(as_json) as report, tempfile.TemporaryDirectory(prefix="gomod-publish-") as out:
        settings = RegistrySettings.read(os.environ)
        versions = _pack(folders, Path(out), report)
        with Registry(settings, say=report.say) as registry:
            for packed in versions:
                receipt = publish(registry, packed, report)
                report.done(packed, registry=registry.url, new=receipt.is_new, warnings=receipt.warnings)


def main() -> None:
    """The console script."""
    app(prog_name="gomod-publish")


def _pack(folders: list[Path], out: Path, report: Report) -> list[Packed]:
    sources = [read_source(folder) for folder in folders]
    check_module_path(os.environ, (source.module.path for source in sources))
    versions = []
    for source in sources:
        packed = pack(source, out)
        report.say(f"packed {packed.module} from commit {source.commit.hash[:12]}")
        if source.ignored_tags:
            report.say(f"  {source.ignored_tags}")
        versions.append(packed)
    return versions


@contextmanager
def _reporting(as_json: bool) -> Iterator[Report]:
    """A report for the length of a command; an error becomes a message and the exit status that it stands for."""
    report = Report(as_json=as_json)
    try:
        yield report
    except RegistryError as error:
        status = exit_of(error)
        report.fail(error, status)
        raise typer.Exit(status) from error
    except OSError as error:
        report.fail(error, Exit.FAILED)
        raise typer.Exit(Exit.FAILED) from error
    report.finish()


if __name__ == "__main__":
    main()
