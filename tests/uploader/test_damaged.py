"""A version of ours that was found damaged comes back when it is published again, and as what it was alone."""

from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_storage import removal, version_folder
from gomod_storage.places import Places
from tests.uploader.running import Uploader
from tests.uploader.sample import parts, zip_of


def lose(uploader: Uploader, module: ModuleVersion) -> None:
    places = Places(uploader.root)
    judged = version_folder.identity(places.version(module).stat())
    assert removal.quarantine(places, module, judged, "its zip hashes to something else", "lost")


def test_publishing_the_same_again_brings_it_back(uploader: Uploader) -> None:
    module = ModuleVersion("go.corp.example/pay/rotten", "v1.0.0")
    sent = parts(module.path, module.version)
    uploader.upload(sent)
    lose(uploader, module)
    other = parts(module.path, module.version, body=b"package other\n")
    rehearsed, refused = uploader.post(other, "?dry_run=1"), uploader.post(other)
    assert (rehearsed.status_code, refused.status_code) == (409, 409)
    assert rehearsed.json() == refused.json()
    rehearsed = uploader.post(sent, "?dry_run=1")
    assert rehearsed.status_code == 200, rehearsed.text
    answer = uploader.post(sent)
    assert answer.status_code == 201, answer.text
    kind: Kind = "zip"
    stored = Places(uploader.root).version(module) / version_folder.file_name(module.version, kind)
    assert stored.read_bytes() == sent["zip"]
    assert uploader.post(sent).status_code == 200


def test_who_requires_it_can_be_published_meanwhile(uploader: Uploader) -> None:
    module = ModuleVersion("go.corp.example/pay/needed", "v1.0.0")
    uploader.upload(parts(module.path, module.version))
    lose(uploader, module)
    sent = parts("go.corp.example/pay/needing", "v1.0.0")
    go_mod = sent["mod"] + f"require {module.path} {module.version}\n".encode()
    zipped = zip_of({"go.mod": go_mod, "api.go": b"package api\n"}, "go.corp.example/pay/needing@v1.0.0/")
    assert uploader.post(sent | {"mod": go_mod, "zip": zipped}).status_code == 201
