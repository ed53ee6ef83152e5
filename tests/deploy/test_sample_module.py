"""The sample module in the publish runner's image: each environment publishes one that its own uploader takes."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gomod.globs import match_prefix_patterns
from gomod.modfile import module_path
from gomod_uploader.trusted_publishers import Trusted, parse_trust
from scripts.deploy import ROOT
from scripts.deploy.sources import go, go_environ, run
from scripts.local.environment import read_environment
from tests.deploy.conftest import Rendered
from tests.deploy.rendering import ENVIRONMENTS, one
from tests.deploy.test_scripts import build

DOCKERFILE = ROOT / "services" / "uploader" / "publisher.Dockerfile"

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def make_modules(work: Path, arguments: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Do to a copy of the sample, below `work`, what the Dockerfile's stage `modules` does to its own."""
    stage = re.sub(r"\\\n", " ", DOCKERFILE.read_text().partition(" AS modules\n")[2].partition("\nFROM ")[0])
    lines = {word: re.findall(rf"(?m)^{word} (.+)$", stage) for word in ("ARG", "COPY", "WORKDIR", "ENV", "RUN")}
    (copy,), (workdir,), (variables,), (command,) = (lines[word] for word in ("COPY", "WORKDIR", "ENV", "RUN"))
    source, target = copy.split()[-2:]
    assert target == workdir
    taken = {name: arguments[name] for line in lines["ARG"] if (name := line.partition("=")[0]) in arguments}
    settings = dict(word.split("=", 1) for word in shlex.split(variables))
    compiled = go_environ(GOCACHE=run([go(), "env", "GOCACHE"]).strip())  # the standard library, once
    return subprocess.run(
        ["sh", "-c", command],
        cwd=shutil.copytree(ROOT / source, work / target.lstrip("/")),
        env={**settings, **taken, **compiled, "PATH": f"{go().parent}:{os.environ['PATH']}", "HOME": str(work)},
        capture_output=True,
        text=True,
        check=False,
    )


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout


@each_environment
def test_what_an_environment_publishes_is_what_its_uploader_takes(
    rendered: Rendered, tmp_path: Path, environment: str
) -> None:
    _, (command,) = build(tmp_path, environment, "packages-publisher-go")
    done = make_modules(tmp_path, dict(re.findall(r"--build-arg (\w+)=(\S+)", command)))
    assert done.returncode == 0, done.stderr

    (container,) = one(rendered[environment, "packages-go"], "Pod")["spec"]["containers"]
    (folder,) = container["args"]
    published = module_path(git(tmp_path / folder.lstrip("/"), "show", "v1.0.0:go.mod").encode())
    uploader = rendered[environment, "gomod-uploader"]
    assert match_prefix_patterns(
        one(uploader, "ConfigMap", "gomod-uploader")["data"]["GOMOD_PRIVATE_PATTERNS"], published
    )
    trusted = one(uploader, "ConfigMap", "gomod-uploader-trusted-publishers")["data"]["trusted-publishers.toml"]
    trust = parse_trust(trusted.encode())
    (issuer,) = trust.issuers.values()
    Trusted(issuer, "the pod", trust.publishers).require("publish", published)  # raises when it may not


def test_the_path_changes_nothing_else_of_the_sample(tmp_path: Path) -> None:
    paths = ("go.packages.dev.ameide.io/ameide-sdk-go", "other.example/sdk")
    for name, path in zip(("same", "other"), paths, strict=True):
        done = make_modules(tmp_path / name, {"GO_MODULE_PATH": path})
        assert done.returncode == 0, done.stderr
    sample = ROOT / "examples" / "ameide-sdk-go"
    for name, changed in (("same", []), ("other", ["go.mod"])):
        repository = tmp_path / name / "modules" / "ameide-sdk-go"
        files = git(repository, "ls-files").split()
        assert sorted(files) == sorted(path.name for path in sample.iterdir())
        assert [each for each in files if (repository / each).read_text() != (sample / each).read_text()] == changed


def test_an_image_without_a_path_for_its_module_is_not_made(tmp_path: Path) -> None:
    done = make_modules(tmp_path, {})
    assert done.returncode != 0
    assert "GO_MODULE_PATH=... is missing" in done.stderr


def test_an_environment_s_images_are_its_own() -> None:
    # Under one name, the image that was built last would bring one environment's module to another.
    files: list[dict[str, Any]] = [
        read_environment(ROOT / "environments" / f"{environment}.env", given={"ROOT": str(ROOT)}, required=())
        for environment in ENVIRONMENTS
    ]
    assert len({(each["CLUSTER_IMAGES"], each["CLUSTER_IMAGE_TAG"]) for each in files}) == len(ENVIRONMENTS)
