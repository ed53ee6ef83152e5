"""What is in the images, and what is not."""

import json
import re

import pytest

from scripts.cluster.commands import CommandError, run
from scripts.cluster.images import Images
from scripts.deploy import ROOT

pytestmark = pytest.mark.may_skip(reason="images need root, buildah and a base that takes a while to make")

SERVICES = ("gomod-proxy", "gomod-uploader")


def programs(images: Images, name: str, *wanted: str) -> list[str]:
    """Which of these an image has. `command -v` of its sh takes one name."""
    return images.run(name, "sh", "-c", 'for each; do command -v "$each" >/dev/null && echo "$each"; done; exit 0',
                      "sh", *wanted).split()  # fmt: skip


def test_the_same_source_makes_the_same_image(images: Images) -> None:
    before = images.identity("gomod-uploader")
    images.build_ours("gomod-uploader", anew=True)
    assert images.identity("gomod-uploader") == before


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_a_service_has_no_compiler_no_go_and_nothing_to_install_with(images: Images, name: str) -> None:
    assert programs(images, name, "python", "gcc", "cc", "make", "go", "git") == ["python"]
    assert not {"pip", "pip3"} & set(images.run(name, "ls", "/app/bin").split())


@pytest.mark.parametrize("name", [*SERVICES, "packages-publisher-go"])
def test_an_image_runs_as_a_user_that_owns_nothing_in_it(images: Images, name: str) -> None:
    assert images.run(name, "id", "-u").strip() == "65532"
    writable = images.run(name, "sh", "-c", "find /app -writable ! -type l | head -3")
    assert writable == ""


def test_the_image_for_direct_has_go_and_git_and_nothing_that_compiles(images: Images, direct: str) -> None:
    assert programs(images, direct, "go", "git", "ssh", "gcc", "cc", "make") == ["go", "git", "ssh"]
    assert images.run(direct, "ls", "/usr/local/go/pkg/tool") == ""
    assert images.run(direct, "go", "version").startswith("go version go1.")
    assert images.run(direct, "id", "-u").strip() == "65532"


@pytest.mark.parametrize("name", [*SERVICES, "packages-publisher-go"])
def test_an_image_says_what_it_is_and_of_which_commit(images: Images, name: str) -> None:
    about = json.loads(images.buildah("inspect", "--type", "image", f"localhost/{name}:local"))
    labels = about["OCIv1"]["config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == name
    assert labels["org.opencontainers.image.revision"] == run(["git", "-C", ROOT, "rev-parse", "HEAD"]).strip()
    assert about["OCIv1"]["config"]["User"] == "65532:65532"
    assert not about["Docker"]["config"].get("Healthcheck")  # probes do that


@pytest.mark.parametrize("name", [*SERVICES, "packages-publisher-go"])
def test_an_image_says_which_packages_are_in_it(images: Images, name: str) -> None:
    bill = json.loads(images.run(name, "cat", "/app/sbom.cdx.json"))
    assert bill["bomFormat"] == "CycloneDX"
    found = {component["name"].lower(): component.get("purl", "") for component in bill["components"]}
    names = set(found)
    pinned = re.search(r"(?m)^structlog==(.+)$", (ROOT / "constraints.txt").read_text())
    assert pinned is not None
    assert found["structlog"] == f"pkg:pypi/structlog@{pinned[1]}"
    assert "gomod-registry" in names
    assert ("starlette" in names) == (name in SERVICES)  # the publisher carries no server
    assert not {"pytest", "mypy", "ruff"} & names


@pytest.mark.parametrize(("name", "module"), [("gomod-proxy", "gomod_proxy"), ("gomod-uploader", "gomod_uploader")])
def test_a_service_says_what_it_needs_before_it_does_anything(images: Images, name: str, module: str) -> None:
    with pytest.raises(CommandError, match="GOMOD_STORAGE_URL is missing"):
        images.run(name, "python", "-m", module)
