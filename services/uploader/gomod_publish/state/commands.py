"""The commands `gomod-publish state …`: what was published last, written, synced, checked and pinned to."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gomod.errors import NotFound
from gomod_publish.errors import Drifted
from gomod_publish.exits import HELP as EXITS
from gomod_publish.packed import find_packed
from gomod_publish.proxy import Proxy
from gomod_publish.reporting import Json, reporting
from gomod_publish.settings import read_all, read_url, split_paths
from gomod_publish.state import settings as names
from gomod_publish.state.document import State, documents, parse_all
from gomod_publish.state.drift import Drift, find_drift
from gomod_publish.state.files import read_files, sync_files
from gomod_publish.state.pin import pin
from gomod_publish.state.settings import ConfigMapSettings, StateSettings, read_folder
from gomod_publish.state.textfile import write_textfile
from gomod_publish.state.write import read_configmap, read_manifest, write_states

ENVIRONMENT = """\b
The state (in a folder, in a ConfigMap, or in both; in a pod, its own ServiceAccount needs none of the last four):
  GO_STATE_DIR         a folder of files
  GO_STATE_CONFIGMAP   the name of a ConfigMap
  GO_STATE_SERVER      the API server's URL
  GO_STATE_NAMESPACE   the ConfigMap's namespace
  GO_STATE_TOKEN_FILE  a file with a token that may get and patch it
  GO_STATE_CA_FILE     the certificates that the API server's is signed by
"""

_EPILOG = f"{ENVIRONMENT}\n\n{EXITS}"

app = typer.Typer(
    help="What was published last: one JSON document for each module (state.schema.json in this package).",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Modules = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODULE]", help="Modules that must have a key; commas separate them as well."),
]
_Configmap = Annotated[str, typer.Option("--configmap", metavar="NAME", help="The ConfigMap's name.")]
_StateDir = Annotated[str, typer.Option("--state-dir", metavar="DIR", help="The folder of files.")]
_From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="A ConfigMap that `kubectl get -o json` printed, instead; - is standard input."
    ),
]


@app.command("write", epilog=_EPILOG)
def write_command(
    out: Annotated[list[Path], typer.Argument(metavar="OUT", help="Folders that `pack` filled.")],
    configmap: _Configmap = "",
    state_dir: _StateDir = "",
    as_json: Json = False,
) -> None:
    """Say that the versions in OUT were published last to GO_REGISTRY_URL. Other modules' keys are left alone."""
    with reporting(as_json) as report:
        environment = _environment(configmap, state_dir)
        url, settings = read_all(environment, read_url, StateSettings.read)
        versions = [packed for folder in out for packed in find_packed(folder)]
        write_states((State.of(packed, url) for packed in versions), settings, report)
        for packed in versions:
            report.done(packed, registry=url)


@app.command("sync", epilog=_EPILOG)
def sync_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Like tmp/tilt-packages.")],
    configmap: _Configmap = "",
    source: _From = None,
    as_json: Json = False,
) -> None:
    """Bring every key into a file of DIR. Each file is replaced whole; a *.json whose key is gone is removed.

    Nothing changes when the state can't be read, is empty, or holds something that is no state document.
    """
    with reporting(as_json) as report:
        if source is not None:
            data = read_manifest(source)
        else:
            data = read_configmap(ConfigMapSettings.read(_environment(configmap)), report)
        if not parse_all(data):
            raise NotFound("the state is empty: nothing was published yet")
        for name in sync_files(folder, data):
            report.say(str(folder / name))
            report.tell("files", file=str(folder / name))


@app.command("check", epilog=_EPILOG)
def check_command(
    modules: _Modules = None,
    configmap: _Configmap = "",
    source: _From = None,
    state_dir: _StateDir = "",
    textfile: Annotated[
        Path | None, typer.Option("--textfile", metavar="FILE", help="Write metrics there, for node_exporter.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare the ConfigMap with what GO_REGISTRY_URL serves and, with --state-dir, with files.

    Exit status 1: they differ. It downloads every version that the state names.
    """
    with reporting(as_json) as report:
        environment = _environment(configmap, state_dir)
        absent: list[Drift] = []
        if source is not None:
            url, held = read_url(environment), read_manifest(source)
        else:
            url, settings = read_all(environment, read_url, ConfigMapSettings.read)
            try:
                held = read_configmap(settings, report)
            except NotFound as error:
                held, absent = {}, [Drift(settings.name, "configmap", str(error))]
        data = documents(held)
        files = read_files(Path(environment[names.FOLDER])) if environment.get(names.FOLDER) else None
        with Proxy(url, say=report.say) as proxy:
            drifts = absent + find_drift(data, modules=split_paths(modules or ()), proxy=proxy, files=files)
        for drift in drifts:
            report.say(f"drift  {drift.where}  {drift.key}  {drift.problem}")
            report.tell("drift", where=drift.where, key=drift.key, problem=drift.problem)
        if textfile is not None:
            write_textfile(textfile, data, drifts)
        if drifts:
            raise Drifted(f"{len(drifts)} differences; what to do: docs/publishing.md#the-state-has-drifted")
        report.say(f"{len(data)} keys, no drift")


@app.command("pin", epilog=EXITS)
def pin_command(
    go_mods: Annotated[list[Path], typer.Argument(metavar="GO_MOD", help="The go.mod of consumers.")],
    state_dir: _StateDir = "",
    as_json: Json = False,
) -> None:
    """Make consumers require the published versions of the modules that they require already, as files say them."""
    with reporting(as_json) as report:
        states = parse_all(read_files(read_folder(_environment("", state_dir))))
        for go_mod in go_mods:
            changed = pin(go_mod, [state.module for state in states.values()])
            for module in changed:
                report.say(f"{go_mod}: {module}")
                report.tell("pinned", file=str(go_mod), module=module.path, version=module.version)


def _environment(configmap: str, state_dir: str = "") -> Mapping[str, str]:
    """The variables, and the options that stand for some of them."""
    given = {names.CONFIGMAP: configmap, names.FOLDER: state_dir}
    return {**os.environ, **{name: value for name, value in given.items() if value}}
