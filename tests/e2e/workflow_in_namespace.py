"""The GitHub workflow and the helm test's entry point, in a mount and network namespace of their own.

`unshare --mount --net python -m tests.e2e.workflow_in_namespace FOLDER PUBLIC` (see test_publish_workflow.py). Jobs and
runner have no token: they show the identity that their platform gives them. Prints what happened as one JSON document.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from scripts.local import ROOT
from scripts.local.venv import tool
from tests.e2e.in_namespace import CONSUMER_VARIABLES, bring_loopback_up, name_the_registry
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, local_values, running_registry
from tests.goproxy_server import GoProxyServer
from tests.publish.api_server import ApiServer
from tests.publish.api_server_double import running_double
from tests.publish.github import Runner, stand_in, writes_down
from tests.publish.repository import GitRepository
from tests.uploader.oidc_issuer import OidcIssuer, oidc_issuer

WORKFLOW = ROOT / ".github" / "workflows" / "packages-go.yml"
ENTRY_POINT = ROOT / "services" / "uploader" / "package-go-runner.sh"

SDK, TOOLS = f"{PRIVATE}/ameide-sdk-go", f"{PRIVATE}/tools"
REPOSITORY = "ameide/packages"
POD = "system:serviceaccount:ameide:package-go-runner"
ASKING = "what a job asks for its identity with"

MAIN = f'package main\n\nimport "{SDK}"\n\nfunc main() {{ println(sdk.Name) }}\n'
CONSUMER = f"module consumer.test\n\ngo 1.21\n\nrequire {SDK} v0.9.0\n"


def main() -> None:
    """Enter the little world, push to it, and tell what its jobs did."""
    folder, public = Path(sys.argv[1]), PublicModule.found_in(Path(sys.argv[2]))
    bring_loopback_up()
    name_the_registry(folder / "hosts")
    url = f"http://{PRIVATE}"
    with contextlib.redirect_stdout(sys.stderr), GoProxyServer() as upstream, oidc_issuer(folder) as issuer:
        public.offer(upstream)
        places = {"GATEWAY_BIND": "127.0.0.1:80", "GOMOD_PUBLIC_URL": url, "GO_REGISTRY_URL": url}
        trusted = {"GOMOD_TRUSTED_PUBLISHERS_FILE": str(trust(issuer, folder / "trust.toml"))}
        with (
            running_registry(local_values(folder / "state", upstream.url, **places, **trusted)),
            github_identity(issuer) as identity,
            running_double(folder) as api,
        ):
            repository = make_repository(folder)
            runner = Runner(folder / "runner", repository.path, SETTINGS, machine(folder), identity)
            seen: dict[str, object] = {"good": tell(runner)}
            repository.commit({"sdk/sdk.go": "package sdk\n\nconst Name = missing\n"})
            seen["broken"] = tell(runner)
            seen["pod"] = run_entry_point(issuer, api, folder)
            seen["asked"] = (folder / "asked").read_text().splitlines()
    print(json.dumps(seen))


SETTINGS = {
    "PACKAGES_ENVIRONMENT": "local",
    "PACKAGES_MODULES": "sdk",
    "PACKAGES_CONSUMERS": "consumer",
    "PACKAGES_RUNNER": "here",
    "GOMOD_UPSTREAMS": "off",
    "KUBECONFIG": "of the cluster",
}


def trust(issuer: OidcIssuer, file: Path) -> Path:
    """Who may publish: the repository's jobs on main, and the helm test's pod."""
    file.write_text(
        f"""
        [[issuer]]
        name = "platform"
        url = "{issuer.url}"
        audience = "{PRIVATE}"
        ca_file = "{issuer.ca_file}"

        [[publisher]]
        name = "jobs"
        issuer = "platform"
        claims = {{ repository = "{REPOSITORY}", ref = "refs/heads/main" }}
        modules = ["{SDK}"]

        [[publisher]]
        name = "pod"
        issuer = "platform"
        claims = {{ sub = "{POD}" }}
        modules = ["{TOOLS}"]
        """
    )
    return file


@contextlib.contextmanager
def github_identity(issuer: OidcIssuer) -> Iterator[dict[str, str]]:
    """Where a job asks for its identity, and with what."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == f"Bearer {ASKING}"
            self.send_response(200 if allowed else 401)
            self.end_headers()
            (audience,) = parse_qs(urlsplit(self.path).query)["audience"]
            claims = {"aud": audience, "sub": "job", "repository": REPOSITORY, "ref": "refs/heads/main"}
            self.wfile.write(json.dumps({"value": issuer.signed(claims)} if allowed else {}).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/identity?api-version=2.0"
        yield {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ASKING}
        server.shutdown()
        thread.join()


def machine(folder: Path) -> dict[str, str]:
    """What a runner's machine has: go and gomod-publish, and stand-ins for pip and helmfile."""
    programs, asked = folder / "bin", folder / "asked"
    stand_in(programs, "python", writes_down(asked, "python"))
    stand_in(programs, "helmfile", writes_down(asked, "helmfile"), 'echo "Phase: Succeeded"')
    for name in ("go", "gomod-publish"):
        (programs / name).symlink_to(tool(name))
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "GOSUMDB": "off",  # there is no checksum database in this little world
        "GOMODCACHE": str(folder / "modules"),
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
    }


def make_repository(folder: Path) -> GitRepository:
    """A repository with this one's scripts, a module in a folder, and a program that uses it."""
    repository = GitRepository(folder / "repository")
    repository.git("config", "user.name", "Ann Author")
    repository.git("config", "user.email", "ann@localhost")
    for name in ("scripts/packages-env", "environments/local.env"):
        (repository.path / name).parent.mkdir()
        shutil.copy2(ROOT / name, repository.path / name)
    stand_in(repository.path / "scripts", "install")
    stand_in(repository.path / "scripts", "tools", f"printf '%s\\t{folder}/bin\\n' \"$@\"")
    files = {
        ".gitignore": "tmp/\nlogs/\nsmoke.xml\n",
        "deploy/helmfile/helmfile.yaml": "",
        "sdk/go.mod": f"module {SDK}\n\ngo 1.21\n",
        "sdk/sdk.go": 'package sdk\n\nconst Name = "sdk"\n',
        "consumer/go.mod": CONSUMER,
        "consumer/main.go": MAIN,
    }
    repository.commit(files, "sdk/v1.0.0")
    return repository


def tell(runner: Runner) -> dict[str, object]:
    """What became of each job, what is among the artifacts, and what consumers were pinned to."""
    jobs = runner.run(WORKFLOW)
    artifacts = sorted(str(file.relative_to(runner.folder)) for file in (runner.folder / "artifacts").glob("*/*"))
    pinned = jobs["consumers"].workspace / "consumer" / "go.mod"
    return {
        "jobs": {name: asdict(job) | {"workspace": str(job.workspace)} for name, job in jobs.items()},
        "artifacts": artifacts,
        "pinned": pinned.read_text() if pinned.is_file() else "",
    }


def run_entry_point(issuer: OidcIssuer, api: ApiServer, folder: Path) -> dict[str, object]:
    """What the helm test's entry point does in the pod, by the token that Kubernetes would project into it."""
    token = folder / "projected-token"
    token.write_text(issuer.signed({"aud": PRIVATE, "sub": POD}))
    module = GitRepository(folder / "tools")
    module.git("config", "user.name", "Ann Author")
    module.git("config", "user.email", "ann@localhost")
    module.commit({"go.mod": f"module {TOOLS}\n\ngo 1.21\n", "tools.go": "package tools\n"}, "v0.1.0")
    api.make_configmap()
    environ = {
        **machine_of_pod(folder),
        **api.variables(),
        "GO_REGISTRY_URL": f"http://{PRIVATE}",
        "GO_REGISTRY_TOKEN_FILE": str(token),
        "RUNBOOK_URL": "docs/operations.md",
    }

    def run() -> dict[str, object]:
        done = subprocess.run(["sh", ENTRY_POINT, module.path], env=environ, capture_output=True, text=True)
        return {"status": done.returncode, "printed": done.stdout, "complained": done.stderr}

    good = run()
    (module.path / "tools.go").write_text("package changed\n")
    return {"good": good, "configmap": api.data(), "dirty": run()}


def machine_of_pod(folder: Path) -> dict[str, str]:
    """The image's programs, and what consumers set."""
    own = {"GOSUMDB": "off", "GO_SMOKE_PUBLIC_MODULE": "github.com/google/uuid@v1.6.0"}
    return {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": os.environ["HOME"], **CONSUMER_VARIABLES, **own}


if __name__ == "__main__":
    main()
