"""All of publishing with the source document's own variables, in a mount and network namespace of its own.

`unshare --mount --net python -m tests.e2e.publish_in_namespace FOLDER PUBLIC` (see test_publish_run.py). Three
repositories are published behind the real Envoy by `gomod-publish run`, twice; then a consumer is pinned to the state
and built by the real go. Prints what happened as one JSON document.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.local import ROOT
from scripts.local.venv import tool
from tests.e2e.go import Go
from tests.e2e.in_namespace import CONSUMER_VARIABLES, bring_loopback_up, name_the_registry
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, Registry, local_values, running_registry
from tests.goproxy_server import GoProxyServer
from tests.publish.api_server import ApiServer
from tests.publish.api_server_double import running_double
from tests.publish.repository import GitRepository
from tests.publish.tiltfile import read

SDK, TELEMETRY = f"{PRIVATE}/ameide-sdk-go", f"{PRIVATE}/ameide-sdk-go/telemetry"
BILLING, TOOLS = f"{PRIVATE}/billing/v2", f"{PRIVATE}/tools"

MAIN = f"""\
package main

import (
	"fmt"

	"{BILLING}/invoice"
	"{TELEMETRY}"
)

func main() {{ fmt.Println(telemetry.Name(), invoice.Total) }}
"""

GO_MOD = f"module consumer.test\n\ngo 1.21\n\nrequire (\n\t{BILLING} v2.0.0\n\t{TELEMETRY} v0.1.0\n)\n"


def main() -> None:
    """Enter the little world, publish in it, build in it, and tell."""
    folder, public = Path(sys.argv[1]), PublicModule.found_in(Path(sys.argv[2]))
    bring_loopback_up()
    name_the_registry(folder / "hosts")
    modules = make_repositories(folder)
    url = f"http://{PRIVATE}"
    places = {"GATEWAY_BIND": "127.0.0.1:80", "GOMOD_PUBLIC_URL": url, "GO_REGISTRY_URL": url}
    with contextlib.redirect_stdout(sys.stderr), GoProxyServer() as upstream:
        public.offer(upstream)
        (folder / "api").mkdir()
        with (
            running_registry(local_values(folder / "state", upstream.url, **places)) as registry,
            running_double(folder / "api") as api,
        ):
            api.make_configmap()
            variables = publisher_variables(registry, api, folder)
            first, again = (publish(modules, variables, folder) for _ in range(2))
            seen = {
                "first": first,
                "again": again,
                "junit": (folder / "smoke.xml").read_text(),
                "configmap": api.data(),
                "printed": consume(folder, variables),
                "tilt": tilt(folder, api),
                "asked_of_upstream": upstream.asked(),
            }
    print(json.dumps(seen))


def make_repositories(folder: Path) -> list[Path]:
    """Releases in a root and in a folder with prefixed tags; major version 2; a commit after a prerelease.

    Returns the folders of the four modules.
    """
    repositories = [GitRepository(folder / name) for name in ("sdk", "billing", "tools")]
    for repository in repositories:
        repository.git("config", "user.name", "Ann Author")
        repository.git("config", "user.email", "ann@localhost")
    sdk, billing, tools = repositories
    telemetry = f"package telemetry\n\nimport sdk {json.dumps(SDK)}\n\nfunc Name() string {{ return sdk.Name }}\n"
    sdk.commit({"go.mod": f"module {SDK}\n\ngo 1.21\n", "sdk.go": 'package sdk\n\nconst Name = "old"\n'}, "v1.1.0")
    sdk.commit(
        {
            "sdk.go": 'package sdk\n\nconst Name = "sdk"\n',
            "telemetry/go.mod": f"module {TELEMETRY}\n\ngo 1.21\n\nrequire {SDK} v1.2.0\n",
            "telemetry/telemetry.go": telemetry,
        },
        "v1.2.0",
        "telemetry/v0.3.0",
    )
    invoice = "package invoice\n\nconst Total = 42\n"
    billing.commit({"go.mod": f"module {BILLING}\n\ngo 1.21\n", "invoice/invoice.go": invoice})
    billing.git("tag", "--annotate", "--message=second", "v2.1.0")
    command = "package main\n\nfunc main() {}\n"
    tools.commit({"go.mod": f"module {TOOLS}\n\ngo 1.21\n", "cmd/tool/main.go": command}, "v0.9.0-rc.1")
    tools.commit({"README.md": "after the prerelease\n"})
    return [sdk.path, sdk.path / "telemetry", billing.path, tools.path]


def publisher_variables(registry: Registry, api: ApiServer, folder: Path) -> dict[str, str]:
    """What a job is told."""
    return {
        **api.variables(),
        **CONSUMER_VARIABLES,
        "GOSUMDB": "off",  # there is no checksum database in this little world
        "PATH": f"{tool('go').parent}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "GO_MODULE_PATH": ",".join((SDK, TELEMETRY, BILLING, TOOLS)),
        "GO_REGISTRY_URL": registry.url,
        "GO_REGISTRY_TOKEN": registry.token,
        "GO_SMOKE_PUBLIC_MODULE": "github.com/google/uuid@v1.6.0",
        "GO_UPLOADER_URL": f"http://{registry.values['UPLOADER_BIND']}",
        "GO_STATE_DIR": str(folder / "files"),
    }


def publish(modules: list[Path], variables: dict[str, str], folder: Path) -> dict[str, object]:
    """The document that `gomod-publish run` prints, and its exit status."""
    command = [str(tool("gomod-publish")), "run", "--json", "--junit", str(folder / "smoke.xml"), *map(str, modules)]
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    return {"status": done.returncode, **json.loads(done.stdout)}


def consume(folder: Path, variables: dict[str, str]) -> str:
    """What a program prints whose go.mod was pinned to the files of the state."""
    consumer = folder / "consumer"
    write_consumer(consumer)
    pin = [str(tool("gomod-publish")), "state", "pin", str(consumer / "go.mod")]
    subprocess.run(pin, env=variables, stdout=sys.stderr, check=True)
    go = Go(folder / "modules", CONSUMER_VARIABLES | {"GOFLAGS": "-modcacherw -mod=mod", "GOSUMDB": "off"})
    go.run("build", "-o", "consumer", ".", cwd=consumer)
    return subprocess.run([consumer / "consumer"], capture_output=True, text=True, check=True).stdout


def write_consumer(folder: Path) -> None:
    """A program that requires older versions than those that are published, which exist nowhere."""
    folder.mkdir()
    (folder / "main.go").write_text(MAIN)
    (folder / "go.mod").write_text(GO_MOD)
    (folder / "go.sum").touch()


def tilt(folder: Path, api: ApiServer) -> dict[str, str]:
    """What the Tiltfile's own commands print: for healthy packages, and after somebody changed a file of the state."""
    tree = folder / "tree"
    (tree / "services").mkdir(parents=True)
    for name in (".venv", "scripts", "environments"):
        (tree / name).symlink_to(ROOT / name)
    write_consumer(tree / "services" / "billing")
    commands = {
        name: resource.cmd for name, resource in read(environment="local", consumer=["services/billing"]).items()
    }
    environ = {
        "PATH": "/usr/bin:/bin",  # no go there: .venv has one
        "HOME": os.environ["HOME"],
        "KUBECONFIG": str(api.kubeconfig(folder / "kubeconfig")),
        "GOSUMDB": "off",
        "GOMODCACHE": str(folder / "tilt-modules"),
        "GOFLAGS": "-modcacherw",
    }

    def run(name: str) -> str:
        done = subprocess.run(["sh", "-c", commands[name]], cwd=tree, env=environ, capture_output=True, text=True)
        return f"{done.returncode} {done.stdout}{done.stderr}"

    printed = {"state": run("packages:state"), "health": run("packages:health"), "built": run("billing")}
    program = tree / "tmp/tilt-consumers/billing/consumer.test"
    if program.exists():
        printed["program"] = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    printed["committed"] = (tree / "services/billing/go.mod").read_text()
    (tree / "tmp/tilt-packages/tools.json").unlink()
    return printed | {"drifted": run("packages:health")}


if __name__ == "__main__":
    main()
