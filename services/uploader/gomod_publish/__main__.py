"""The command `gomod-publish`: its subcommands, what they need, and how they end."""

import io
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gomod_publish.exits import HELP as EXITS
from gomod_publish.pack import pack
from gomod_publish.packed import Packed, find_packed
from gomod_publish.proxy import Proxy
from gomod_publish.publish import send, smoke_test
from gomod_publish.registry import Registry
from gomod_publish.report import Report
from gomod_publish.reporting import Json, reporting
from gomod_publish.run_settings import RunSettings
from gomod_publish.settings import RegistrySettings, check_module_path, read_all, read_url
from gomod_publish.smoke.go import Go
from gomod_publish.smoke.settings import SmokeSettings
from gomod_publish.source import read_source
from gomod_publish.state.commands import ENVIRONMENT as STATE_ENVIRONMENT
from gomod_publish.state.commands import app as state_app
from gomod_publish.state.document import State, check_keys
from gomod_publish.state.write import write_states

_ENVIRONMENT = """\b
Environment (nothing has a default):
  GO_REGISTRY_URL    the registry, like https://go.corp.example
  GO_REGISTRY_TOKEN  a token that may publish the module; or, instead of it, one of
    GO_REGISTRY_TOKEN_FILE     a file with the token, like one that Kubernetes projects into the pod
    GO_REGISTRY_OIDC_AUDIENCE  in a GitHub job: the audience that the job's own identity is for
  GO_MODULE_PATH     when set, the modules that may be published, with commas; anything else is an error
The smoke test:
  GOPROXY, GOPRIVATE, GONOSUMDB, GOWORK  what consumers set; GONOPROXY, GOINSECURE, GOSUMDB, GOTOOLCHAIN and
                     GOAUTH count as well
  GO_SMOKE_PUBLIC_MODULE  a public module to fetch twice, like github.com/google/uuid@v1.6.0
  GO_UPLOADER_URL    when set, where the uploader's own health is asked for, past the gateway
"""

app = typer.Typer(
    help="Publish Go modules from a git work tree: pack them, upload them, and make sure that they can be built with."
    "\n\nThe version is what the go command would call the commit: the release tag on it (v1.2.3, or sub/v1.2.3 for a"
    " module in the folder sub), else a pseudo-version after the highest tag before it. The content is the commit's,"
    " never that of uncommitted files."
    "\n\n\b\nPublish two modules of this repository:\n  gomod-publish run . ./telemetry"
    f"\n\n{_ENVIRONMENT}\n\n{EXITS}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(state_app, name="state")

_Folders = Annotated[list[Path], typer.Argument(metavar="DIR", help="Folders that hold a module's go.mod.")]
_Out = Annotated[list[Path], typer.Argument(metavar="OUT", help="Folders that `pack` filled.")]
_Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the smoke test's results there, for CI.")
]


@app.command("pack", epilog=EXITS)
def pack_command(
    folders: _Folders,
    out: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Where to put the files.")],
    as_json: Json = False,
) -> None:
    """Make a version's info, mod and zip from the commit that is checked out; needs no registry.

    OUT gets the files in the layout of a module proxy: GOPROXY=file://OUT serves them.
    """
    with reporting(as_json) as report:
        for packed in _pack(folders, out, report):
            report.done(packed, folder=str(out))


@app.command("upload", epilog=f"{_ENVIRONMENT}\n\n{EXITS}")
def upload_command(out: _Out, as_json: Json = False) -> None:
    """Send every version that `pack` put into OUT. Sending the same content again is a success."""
    with reporting(as_json) as report:
        settings = RegistrySettings.read(os.environ)
        versions = [packed for folder in out for packed in find_packed(folder)]
        check_module_path(os.environ, (packed.module.path for packed in versions))
        with Registry(settings, say=report.say) as registry:
            for packed in versions:
                send(registry, packed, report)


@app.command("smoke", epilog=f"{_ENVIRONMENT}\n\n{EXITS}")
def smoke_command(out: _Out, as_json: Json = False, junit: _Junit = None) -> None:
    """Make sure that every version in OUT is of use to those who build with it. Needs no token.

    Proxy and uploader are healthy; the version is listed; its files are those in OUT; `go list -m` finds it; a program
    that imports it builds and runs, with a module cache that begins empty; and a public module, fetched twice, comes
    from the proxy's cache the second time.
    """
    with reporting(as_json) as report:
        url, settings = read_all(os.environ, read_url, SmokeSettings.read)
        versions = [packed for folder in out for packed in find_packed(folder)]
        with Proxy(url, say=report.say) as proxy, Go.with_clean_cache(settings.consumer) as go:
            smoke_test(proxy, go, versions, settings, report, junit=junit)
            for packed in versions:
                report.done(packed, registry=url)


@app.command("run", epilog=f"{_ENVIRONMENT}\n\n{STATE_ENVIRONMENT}\n\n{EXITS}")
def run_command(folders: _Folders, as_json: Json = False, junit: _Junit = None) -> None:
    """Pack every module, upload it, smoke-test it, put its state down: all of publishing.

    Nothing is sent before every module is packed. Running it again is safe: identical content is a success.
    """
    with reporting(as_json) as report, tempfile.TemporaryDirectory(prefix="gomod-publish-") as out:
        settings = RunSettings.read(os.environ)
        versions = _pack(folders, Path(out), report)
        settings.smoke.consumer.check_own(packed.module.path for packed in versions)
        check_keys(packed.module for packed in versions)
        # Without go there is no smoke test: that is noticed before anything is sent.
        with (
            Registry(settings.registry, say=report.say) as registry,
            Go.with_clean_cache(settings.smoke.consumer) as go,
        ):
            new = {packed.module for packed in versions if send(registry, packed, report).is_new}
            smoke_test(registry, go, versions, settings.smoke, report, new=new, junit=junit)
        write_states((State.of(packed, settings.registry.url) for packed in versions), settings.state, report)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names hold whatever somebody put into them
    # A job that is cancelled gets SIGTERM, and its temporary folders would stay behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
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


if __name__ == "__main__":
    main()
