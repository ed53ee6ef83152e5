"""What is in the images, and what is not."""

import json

import pytest

from scripts.cluster.commands import CommandError
from scripts.cluster.images import Images

pytestmark = pytest.mark.may_skip(reason="images need root, buildah and a base that takes a while to make")

SERVICES = ("gomod-proxy", "gomod-uploader")


def test_the_same_source_makes_the_same_image(images: Images) -> None:
    before = images.identity("gomod-uploader")
    images.build_ours("gomod-uploader", anew=True)
    assert images.identity("gomod-uploader") == before


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_of_a_service_has_no_compiler_no_go_and_nothing_to_install_with(images: Images, name: str) -> None:
    found = images.run(name, "sh", "-c", "command -v gcc cc go git make; ls /app/bin; exit 0").split()
    assert "python" in found
    assert not {"pip", "pip3", "go", "git", "/usr/bin/gcc", "/usr/bin/make", "/usr/bin/git"} & set(found)


@pytest.mark.parametrize("name", [*SERVICES, "packages-publisher-go"])
def test_an_image_runs_as_a_user_that_owns_nothing_in_it(images: Images, name: str) -> None:
    assert images.run(name, "id", "-u").strip() == "65532"
    writable = images.run(name, "sh", "-c", "find /app -writable ! -type l | head -3")
    assert writable == ""


@pytest.mark.parametrize("name", [*SERVICES, "packages-publisher-go"])
def test_an_image_says_which_packages_are_in_it(images: Images, name: str) -> None:
    installed = json.loads(images.run(name, "cat", "/app/packages.json"))["installed"]
    names = {package["metadata"]["name"].lower() for package in installed}
    assert "gomod-registry" in names
    assert ("starlette" in names) == (name in SERVICES)  # the publisher carries no server
    assert not {"pytest", "mypy", "ruff"} & names


@pytest.mark.parametrize(("name", "module"), [("gomod-proxy", "gomod_proxy"), ("gomod-uploader", "gomod_uploader")])
def test_a_service_says_what_it_needs_before_it_does_anything(images: Images, name: str, module: str) -> None:
    with pytest.raises(CommandError, match="GOMOD_STORAGE_URL is missing"):
        images.run(name, "python", "-m", module)
