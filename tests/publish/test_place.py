"""Where a module lies, and which tags are its own."""

import pytest

from gomod.errors import InvalidPath
from gomod_publish.place import Place


@pytest.mark.parametrize(
    ("path", "subdir", "tag_prefix", "decisive", "sample"),
    [
        ("a.b/c", "", "", "", "v1.2.3"),
        ("a.b/c/v2", "", "", "v2.", "v2.2.3"),
        ("a.b/c/v2", "v2", "", "v2.", "v2.2.3"),
        ("a.b/c/sub", "sub", "sub/", "sub/", "sub/v1.2.3"),
        ("a.b/c/sub/v3", "sub", "sub/", "sub/v3.", "sub/v3.2.3"),
        ("a.b/c/sub/v3", "sub/v3", "sub/", "sub/v3.", "sub/v3.2.3"),
        ("a.b/c/v3", "av3", "av3/", "av3/v3.", "av3/v3.2.3"),
        ("a.b/vanity", "packages/sdk_go", "packages/sdk_go/", "packages/sdk_go/", "packages/sdk_go/v1.2.3"),
        ("gopkg.in/yaml.v2", "", "", "v2.", "v2.2.3"),
    ],
)
def test_the_folder_and_the_path_say_what_tags_look_like(
    path: str, subdir: str, tag_prefix: str, decisive: str, sample: str
) -> None:
    place = Place.of(path, subdir)
    assert (place.tag_prefix, place.decisive_tags, place.sample_tag) == (tag_prefix, decisive, sample)


def test_own_tags_lose_their_prefix_and_others_are_left_out() -> None:
    place = Place.of("a.b/c/sub", "sub")
    assert place.own(["v1.0.0", "sub/v1.1.0", "other/sub/v1.2.0", "subs/v1.3.0"]) == ["v1.1.0"]


def test_major_version_2_may_have_its_go_mod_in_two_places() -> None:
    assert Place.of("a.b/c/sub/v2", "sub").go_mod_names == ("sub/v2/go.mod", "sub/go.mod")
    assert Place.of("a.b/c/sub", "sub").go_mod_names == ("sub/go.mod",)


def test_a_path_with_an_impossible_major_version_has_no_place() -> None:
    with pytest.raises(InvalidPath):
        Place.of("a.b/c/v1", "")
