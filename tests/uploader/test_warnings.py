"""The warnings in a receipt: told, and never a refusal."""

import zlib

import pytest

from tests.uploader.running import Uploader
from tests.uploader.sample import MODULE, VERSION, parts, zip_of


def warnings(uploader: Uploader, module: str, files: dict[str, bytes], version: str = VERSION) -> list[tuple[str, str]]:
    files = {"go.mod": f"module {module}\n".encode()} | files
    sent = parts(module, version) | {"mod": files["go.mod"], "zip": zip_of(files, f"{module}@{version}/")}
    answer = uploader.upload(sent)
    assert answer.status_code == 201
    return [(each["code"], each["message"]) for each in answer.json()["warnings"]]


def test_a_replacement_by_a_folder_is_told(uploader: Uploader) -> None:
    module = "go.corp.example/pay/replaces"
    go_mod = f"module {module}\nreplace a.example/b => ../b\nreplace a.example/c => a.example/d v1.0.0\n"
    ((code, message),) = warnings(uploader, module, {"go.mod": go_mod.encode()})
    assert code == "replace-local"
    assert "go.mod replaces a.example/b by the directory ../b" in message


def test_a_go_mod_that_go_refuses_in_a_main_module_is_told(uploader: Uploader) -> None:
    module = "go.corp.example/pay/strict"
    ((code, message),) = warnings(uploader, module, {"go.mod": f"module {module}\nnonsense\n".encode()})
    assert code == "mod-strict"
    assert "go.mod:2" in message


def test_a_warning_does_not_send_back_all_that_it_is_about(uploader: Uploader) -> None:
    module = "go.corp.example/pay/verbose"
    go_mod = f"module {module}\nreplace a.example/b => ../{'b' * 500_000}\n"
    ((_, message),) = warnings(uploader, module, {"go.mod": go_mod.encode()})
    assert message.startswith("go.mod replaces a.example/b by the directory ../bbb")
    assert message.endswith("those who need it get a.example/b itself")
    assert len(message) < 2000


def test_a_large_file_is_told(uploader: Uploader) -> None:
    limit = 5 * 1024 * 1024
    found = warnings(uploader, "go.corp.example/pay/large", {"just.bin": bytes(limit), "more.bin": bytes(limit + 1)})
    assert found == [
        ("file-large", f"more.bin has {limit + 1} bytes; everyone who needs the module downloads them"),
    ]


SECRETS = {
    "-----BEGIN " + "PRIVATE KEY-----": "a private key",
    "-----BEGIN RSA " + "PRIVATE KEY-----": "a private key",
    "-----BEGIN OPENSSH " + "PRIVATE KEY-----": "a private key",
    "AKIA" + "ABCDEFGHIJKLMNOP": "an AWS access key",
    "ghp_" + "a1" * 18: "a GitHub token",
    "github_pat_" + "a1" * 11: "a GitHub token",
    "glpat-" + "a1" * 10: "a GitLab token",
    "xoxb-" + "1234567890": "a Slack token",
    "AIza" + "a" * 35: "a Google API key",
    "gomod_" + "a1-" * 14 + "a": "a token of this registry",
}


@pytest.mark.parametrize(("number", "secret"), list(enumerate(SECRETS)))
def test_what_looks_like_a_secret_is_told_and_not_repeated(uploader: Uploader, number: int, secret: str) -> None:
    source = f'package x\n\nconst (\n\tkey = "{secret}"\n\tagain = "{secret}"\n)\n'
    found = warnings(uploader, f"go.corp.example/pay/secret{number}", {"x/é.go": source.encode()})
    assert found == [("secret", f"x/é.go:4 looks like {SECRETS[secret]}")]


def test_a_file_of_credentials_is_told_by_its_name(uploader: Uploader) -> None:
    names = [".netrc", "a/.env", "deploy/id_ed25519", "certs/server.p12", "a/environment.go", "id_rsa.pub"]
    found = warnings(uploader, "go.corp.example/pay/names", dict.fromkeys(names, b""))
    assert [message.split()[0] for _, message in found] == names[:4]


def test_an_innocent_module_gets_no_warning(uploader: Uploader) -> None:
    source = b"package x // AKIA, ghp_x, BEGIN CERTIFICATE, xoxb-, PRIVATE KEY, gomod_registry\n"
    assert warnings(uploader, "go.corp.example/pay/innocent", {"x.go": source, "y.txt": source}) == []


def test_a_hundred_warnings_are_enough(uploader: Uploader) -> None:
    files = {f"{number}/.env": b"" for number in range(130)}
    found = warnings(uploader, "go.corp.example/pay/many", files)
    assert len(found) == 101
    assert found[-1] == ("more-warnings", "and 30 more")


def test_requirements_of_our_own_modules_are_held_against_what_is_published(uploader: Uploader) -> None:
    needed = "go.corp.example/pay/needed"
    retracting = f"module {needed}\nretract v1.0.0 // it leaks\nretract [v1.2.0, v1.3.0]\n".encode()
    warnings(uploader, needed, {}, "v1.0.0")
    warnings(uploader, needed, {}, "v1.2.5")
    warnings(uploader, needed, {}, "v1.3.1")
    warnings(uploader, needed, {"go.mod": retracting}, "v1.4.0")

    def told(number: int, *versions: str) -> list[tuple[str, str]]:
        module = f"go.corp.example/pay/needing{number}"
        requires = "".join(f"require {each}\n" for each in versions)
        return warnings(uploader, module, {"go.mod": f"module {module}\n{requires}".encode()})

    assert told(1, f"{needed} v1.0.0") == [
        ("requirement-retracted", f"go.mod requires {needed}@v1.0.0, which is retracted: it leaks")
    ]
    assert told(2, f"{needed} v1.2.5") == [
        ("requirement-retracted", f"go.mod requires {needed}@v1.2.5, which is retracted")
    ]
    assert told(3, f"{needed} v1.3.1", f"{needed} v1.4.0", "github.com/google/uuid v1.6.0") == []
    assert told(4, f"{needed} v1.5.0", "go.corp.example/absent v1.0.0") == [
        ("requirement-absent", f"go.mod requires {needed}@v1.5.0, which is not published here"),
        ("requirement-absent", "go.mod requires go.corp.example/absent@v1.0.0, which is not published here"),
    ]


@pytest.mark.parametrize(
    "required",
    [
        f"go.corp.example/{'x' * 300} v1.0.0",
        f"go.corp.example{'/x' * 3000} v1.0.0",
        f"go.corp.example/x v1.0.0-{'x' * 300}",
        "go.corp.example/pay/y/v1.0.0/z v1.0.0",
        "go.corp.example/pay/y/v1.0.0/source.zip v1.0.0",
        "go.corp.example/pay/y/v1.0.0/source.zip/z v1.0.0",
        "go.corp.example/é v1.0.0",
        "go.corp.example/../b v1.0.0",
        '"go.corp.example/a b" v1.0.0',
    ],
)
def test_what_can_be_in_no_store_is_told_as_absent(uploader: Uploader, required: str) -> None:
    uploader.upload(parts("go.corp.example/pay/y", "v1.0.0"))
    module = f"go.corp.example/pay/odd{zlib.crc32(required.encode())}"
    found = warnings(uploader, module, {"go.mod": f"module {module}\nrequire {required}\n".encode()})
    assert [code for code, _ in found] == ["requirement-absent"]


@pytest.mark.parametrize(
    "line", [b"require go.corp.example/\xff v1.0.0", b"replace a.example/b => ../\xff", b"nonsense\xff"]
)
def test_what_is_committed_is_told_so_though_its_go_mod_is_not_utf_8(uploader: Uploader, line: bytes) -> None:
    module = f"go.corp.example/pay/latin{zlib.crc32(line)}"
    go_mod = f"module {module}\n".encode() + line + b"\n"
    sent = parts(module, "v1.0.0") | {"mod": go_mod, "zip": zip_of({"go.mod": go_mod}, f"{module}@v1.0.0/")}
    answers = [uploader.upload(sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    assert r"\udcff" in answers[0].text


def test_a_withdrawn_requirement_is_told_with_its_reason(uploader: Uploader) -> None:
    needed, module = "go.corp.example/pay/withdrawn", "go.corp.example/pay/needs-withdrawn"
    warnings(uploader, needed, {}, "v1.0.0")
    mark = {"module": needed.encode(), "version": b"v1.0.0", "reason": b"it leaks"}
    assert uploader.post(mark, "?withdraw=1").status_code == 200
    found = warnings(uploader, module, {"go.mod": f"module {module}\nrequire {needed} v1.0.0\n".encode()})
    assert found == [("requirement-withdrawn", f"go.mod requires {needed}@v1.0.0, which is withdrawn: it leaks")]


def test_warnings_come_with_the_same_bytes_again_too(uploader: Uploader) -> None:
    sent = parts(version="v1.9.0") | {"zip": zip_of({"go.mod": parts()["mod"], ".env": b""}, f"{MODULE}@v1.9.0/")}
    first, second = uploader.upload(sent), uploader.upload(sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["warnings"] == first.json()["warnings"] != []
