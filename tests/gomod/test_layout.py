"""The URLs of the protocol and the names of stored files."""

import pytest

from gomod.errors import InvalidPath, InvalidVersion, NotFound
from gomod.layout import (
    FileRequest,
    LatestRequest,
    ListRequest,
    QueryRequest,
    Request,
    file_name,
    inner_version,
    latest_name,
    list_name,
    parse,
)
from gomod.module import ModuleVersion

AZURE = "github.com/Azure/x"


@pytest.mark.parametrize(
    ("url_path", "request_"),
    [
        ("/github.com/!azure/x/@v/list", ListRequest(AZURE)),
        ("github.com/!azure/x/@v/list", ListRequest(AZURE)),
        ("/github.com/!azure/x/@latest", LatestRequest(AZURE)),
        ("/github.com/!azure/x/@v/v1.2.0.info", FileRequest(ModuleVersion(AZURE, "v1.2.0"), "info")),
        ("/github.com/!azure/x/@v/v1.2.0.mod", FileRequest(ModuleVersion(AZURE, "v1.2.0"), "mod")),
        ("/github.com/!azure/x/@v/v1.2.0-!r!c1.zip", FileRequest(ModuleVersion(AZURE, "v1.2.0-RC1"), "zip")),
        (
            "/github.com/!azure/x/@v/v2.0.0+incompatible.zip",
            FileRequest(ModuleVersion(AZURE, "v2.0.0+incompatible"), "zip"),
        ),
        ("/a.b/c/v2/@v/v2.0.0.zip", FileRequest(ModuleVersion("a.b/c/v2", "v2.0.0"), "zip")),
        ("/gopkg.in/yaml.v2/@v/v2.0.0.mod", FileRequest(ModuleVersion("gopkg.in/yaml.v2", "v2.0.0"), "mod")),
    ],
)
def test_the_urls_of_the_protocol_are_understood(url_path: str, request_: Request) -> None:
    assert parse(url_path) == request_


@pytest.mark.parametrize(
    ("file", "query"),
    [
        ("latest.info", "latest"),
        ("main.info", "main"),
        ("v1.info", "v1"),
        ("v1.2.info", "v1.2"),
        ("v1.2.0+meta.info", "v1.2.0+meta"),
        ("!release-1.2.info", "Release-1.2"),
        ("0123abc.info", "0123abc"),
        # Of another major: the answer to a query, v2.0.0+incompatible, but no version of this path.
        ("v2.0.0.info", "v2.0.0"),
    ],
)
def test_an_info_of_anything_but_a_canonical_version_of_the_path_is_a_query(file: str, query: str) -> None:
    assert parse(f"/a.b/c/@v/{file}") == QueryRequest("a.b/c", query)


@pytest.mark.parametrize(
    "file", ["latest.mod", "v1.zip", "v2.0.0.mod", "v1.2.0+meta.zip", "feature/x.info", "a!b.info"]
)
def test_a_version_that_none_can_be_called_is_refused(file: str) -> None:
    with pytest.raises(InvalidVersion):
        parse(f"/a.b/c/@v/{file.replace('!', '!!')}")


@pytest.mark.parametrize(
    "path", ["github.com/Azure/x", "github.com/!!x", "github.com/x!", "nodot/x", "a.b/c/v1", "", "a.b//c", "a.b/../c"]
)
def test_a_path_that_no_module_can_have_is_refused(path: str) -> None:
    for rest in ("@v/list", "@latest", "@v/v1.0.0.info"):
        with pytest.raises(InvalidPath):
            parse(f"/{path}/{rest}")


@pytest.mark.parametrize(
    "url_path", ["/", "", "/favicon.ico", "/a.b/c", "/a.b/c/@v", "/a.b/c/@v/", "/a.b/c/@v/v1.0.0.ziphash"]
)
def test_what_is_no_module_url_is_not_found(url_path: str) -> None:
    with pytest.raises(NotFound, match="is not the URL of a module"):
        parse(url_path)


def test_stored_names_are_escaped_and_parse_back() -> None:
    module = ModuleVersion(AZURE, "v1.2.0-RC1")
    assert list_name(AZURE) == "github.com/!azure/x/@v/list"
    assert latest_name(AZURE) == "github.com/!azure/x/@latest"
    assert file_name(module, "zip") == "github.com/!azure/x/@v/v1.2.0-!r!c1.zip"
    assert parse(file_name(module, "info")) == FileRequest(module, "info")


def test_no_name_is_made_of_what_is_invalid() -> None:
    with pytest.raises(InvalidPath):
        list_name("../etc")
    with pytest.raises(InvalidVersion):
        file_name(ModuleVersion("a.b/c", "v1/../../x"), "info")


@pytest.mark.parametrize(
    ("path", "element"),
    [("a.b/c/v1.0.0/d", "v1.0.0"), ("a.b/v2.0.0-rc.1", "v2.0.0-rc.1"), ("a.b/c/v2", ""), ("v1.0.0/c", "")],
)
def test_an_element_of_a_path_may_read_as_a_version(path: str, element: str) -> None:
    assert inner_version(path) == element
