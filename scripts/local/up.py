"""What scripts/up does: the whole registry on this machine, with a sample module in it, until Ctrl-C."""

import argparse
import signal
from collections.abc import Mapping
from pathlib import Path

from scripts.local import ROOT
from scripts.local.environment import EnvironmentFileError, read_environment
from scripts.local.log import Log
from scripts.local.ports import unusable
from scripts.local.publish import PublishError, publish_sample
from scripts.local.readiness import NotReadyError
from scripts.local.sample import SampleError
from scripts.local.stack import BINDS, Stack
from scripts.local.upload_token import TokenError, upload_token
from scripts.local.upstream import NONE, upstreams
from scripts.local.venv import InstallError, ensure, tool

REQUIRED = (
    *BINDS,
    "GATEWAY_HOSTS",
    "STATE",
    "GOMOD_STORAGE_URL",
    "GOMOD_PRIVATE_PATTERNS",
    "GOMOD_PUBLIC_URL",
    "GOMOD_LOG_LEVEL",
    "GOMOD_LOG_FORMAT",
    "GOMOD_NETWORK_MODE",
    "GOMOD_SUMDBS",
    "GOMOD_UPLOAD_TOKENS_FILE",
    "SAMPLE",
    "GO_REGISTRY_URL",
    "GO_MODULE_PATH",
)

DESCRIPTION = """\
Run the whole registry on this machine: makes .venv when it is not there, starts the uploader, the proxy and the real
Envoy in front of both, publishes the sample module, prints the lines that make go use it, and runs until Ctrl-C.
What was published and fetched survives a restart; it is kept in .local/. Public modules come from the URLs in
`go env GOPROXY`. The lines to paste go to standard output, everything else to standard error."""


def main() -> int:
    """Run until told to stop; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="scripts/up", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--environment",
        type=Path,
        default=ROOT / "environments" / "local.env",
        metavar="FILE",
        help="the file of values to run on (environments/local.env)",
    )
    arguments = parser.parse_args()
    # Whoever ends us, by Ctrl-C, kill or a closed terminal, ends us the same way; also when a shell that started us in
    # the background has us ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    log = Log()
    try:
        return _run(arguments.environment, log)
    except KeyboardInterrupt:
        log.say("stopped")
        return 0
    except (EnvironmentFileError, InstallError, NotReadyError, SampleError, TokenError, PublishError) as error:
        log.say(str(error))
        return 1


def _run(environment: Path, log: Log) -> int:
    values = read_environment(environment, given={"ROOT": str(ROOT)}, required=REQUIRED)
    problems = unusable({name: values[name] for name in BINDS})
    for problem in problems:
        log.say(problem)
    if problems:
        log.say("nothing was started")
        return 1
    ensure()
    values["GOMOD_UPSTREAMS"] = upstreams(values["GOMOD_PUBLIC_URL"])
    if values["GOMOD_UPSTREAMS"] == NONE:
        log.say("`go env GOPROXY` names no URL, so public modules come from what is stored alone")
    state = Path(values["STATE"])
    state.mkdir(parents=True, exist_ok=True)
    tokens_file = Path(values["GOMOD_UPLOAD_TOKENS_FILE"])
    token = upload_token(tokens_file, state / "upload-token", values["GOMOD_PRIVATE_PATTERNS"])
    with Stack(values, log.line) as stack:
        stack.start()
        version = publish_sample(values, token)
        print(paste_lines(values, version), flush=True)
        log.say(stack.wait())
    return 1


def paste_lines(values: Mapping[str, str], version: str) -> str:
    """What a developer pastes into another terminal, and what it is for."""
    url = values["GOMOD_PUBLIC_URL"]
    return f"""
The registry answers at {url}; Ctrl-C stops it. Paste into another terminal, in a folder with a go.mod:

    export GOPROXY={url}
    export GONOPROXY=none
    export GONOSUMDB='{values["GOMOD_PRIVATE_PATTERNS"]}'
    go get {values["GO_MODULE_PATH"]}@{version}

GONOPROXY=none: with GOPRIVATE set, go would not ask a proxy for private modules. GONOSUMDB: no public checksum
database knows them. A go command for those who have none: {tool("go")}
To publish a module of your own, see README.md; the token for that is in {values["STATE"]}/upload-token.
"""
