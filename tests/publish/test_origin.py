"""Where a version came from; what go says of the same is compared in test_source."""

import pytest

from gomod_publish.origin import public_url, tag_sum


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://code.example.test/team/repo", "https://code.example.test/team/repo"),
        ("https://code.example.test:8443/team/repo.git", "https://code.example.test:8443/team/repo.git"),
        ("https://ci:s3cret@code.example.test/team/repo", "https://code.example.test/team/repo"),
        ("https://s3cret@code.example.test/team/repo", "https://code.example.test/team/repo"),
        ("https://code.example.test/team/repo?token=s3cret", "https://code.example.test/team/repo"),
        ("ssh://git@code.example.test:22/team/repo", "ssh://git@code.example.test:22/team/repo"),
        ("ssh://git:s3cret@code.example.test/team/repo", "ssh://git@code.example.test/team/repo"),
        ("git@code.example.test:team/repo.git", "ssh://git@code.example.test/team/repo.git"),
        ("code.example.test:/srv/repo.git", "ssh://code.example.test/srv/repo.git"),
        ("file:///home/ann/repo", ""),
        ("/home/ann/repo", ""),
        ("../repo", ""),
        ("./odd:name", ""),
        ("", ""),
    ],
)
def test_a_remote_is_shown_without_secrets_and_without_places_of_this_machine(remote: str, shown: str) -> None:
    assert public_url(remote) == shown


def test_the_sum_of_tags_counts_versions_of_the_prefix_and_nothing_else() -> None:
    tags = {"sub/v1.0.0": "a" * 40, "sub/v1.1.0+meta": "b" * 40}
    noise = {"sub/nightly": "c" * 40, "sub/v1": "d" * 40, "v1.0.0": "e" * 40}
    assert tag_sum(tags | noise, "sub/") == tag_sum(tags, "sub/")
    assert tag_sum(tags | {"sub/v1.2.0": "f" * 40}, "sub/") != tag_sum(tags, "sub/")
    assert tag_sum({**tags, "sub/v1.0.0": "f" * 40}, "sub/") != tag_sum(tags, "sub/")


def test_the_sum_of_no_tags_is_that_of_nothing() -> None:
    assert tag_sum({}, "") == "t1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
