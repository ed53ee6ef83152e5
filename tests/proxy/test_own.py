"""Which paths are ours, and what their prefixes' roots are."""

import pytest

from gomod_proxy.own import OwnModules


@pytest.mark.parametrize(
    ("patterns", "path", "root"),
    [
        ("go.corp.example/*", "go.corp.example/sdk", "go.corp.example"),
        ("go.corp.example/*", "go.corp.example/sdk/sub/pkg", "go.corp.example"),
        ("go.corp.example/*", "go.corp.example", "go.corp.example"),  # go asks the root again
        ("go.corp.example", "go.corp.example/sdk", "go.corp.example"),
        ("go.corp.example/", "go.corp.example/sdk", "go.corp.example"),
        ("go.corp.example/*", "go.corp.example.evil/sdk", None),
        ("go.corp.example/*", "github.com/google/uuid", None),
        ("host.example/team/*", "host.example/team/x/y", "host.example/team"),
        ("host.example/team/*", "host.example/team", "host.example/team"),
        ("host.example/team/*", "host.example/teams/x", None),
        ("host.example/team/*", "host.example", None),
        ("*.corp.example", "a.corp.example/x/y", "a.corp.example"),
        ("*.corp.example", "a.corp.example", "a.corp.example"),
        ("*.corp.example", "corp.example/x", None),
        ("*.corp.example/team/*", "a.corp.example/team/x", "a.corp.example"),
        ("*.corp.example/team/*", "a.corp.example", "a.corp.example"),
        ("*.corp.example/team/*", "a.corp.example/other/x", None),
        ("host.example/*/private", "host.example/a/private/x", "host.example"),
        ("host.example/*/private", "host.example", "host.example"),
        ("host.example/*/private", "host.example/a/public", None),
        ("a.example/*,b.example/team/*", "b.example/team/x", "b.example/team"),
        ("host.example/team/*,host.example/*", "host.example/team/x", "host.example"),
    ],
)
def test_a_path_is_ours_by_a_pattern_or_as_its_root(patterns: str, path: str, root: str | None) -> None:
    own = OwnModules(patterns)
    assert own.root_of(path) == root
    assert own.owns(path) == (root is not None)
    if root is not None:
        assert own.root_of(root) == root, "go asks the root, and wants the same answer there"
