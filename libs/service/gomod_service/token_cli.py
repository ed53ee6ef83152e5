"""`gomod-token`: makes tokens and keeps the file that names them; the secret itself is printed once."""

import argparse
import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gomod_service.settings import SettingsError
from gomod_service.tokens import SCOPES, Token, digest, new_secret, parse_tokens

_EXPLANATION = """\
A token lets its holder publish modules, or read them where that takes a right: it goes into `Authorization: Bearer …`,
into GO_REGISTRY_TOKEN for gomod-publish, into a netrc file for go. The file (GOMOD_UPLOAD_TOKENS_FILE of the uploader,
GOMOD_READ_TOKENS_FILE of the proxy) keeps only its SHA-256. A running service sees a changed file by itself. To take a
token back, delete its stanza."""

_EXAMPLES = """\
examples:
  gomod-token new ci-payments --modules 'go.corp.example/payments/*' --days 90 --file tokens.toml
  gomod-token new release-bot --modules 'go.corp.example/*' --expires 2027-01-31T00:00:00Z --file tokens.toml
  gomod-token new builds-of-payments --scopes read --modules 'go.corp.example/*' --days 365 --file readers.toml
  gomod-token list --file tokens.toml"""


def main() -> int:
    """Run the command line; returns the process's exit status."""
    arguments = _parser().parse_args()
    try:
        if arguments.command == "new":
            _new(arguments)
        else:
            _list(arguments.file)
    except SettingsError as error:
        print(f"gomod-token: {arguments.file} is wrong, and was not touched:\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"gomod-token: {arguments.file}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("gomod-token", description=_EXPLANATION, epilog=_EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser(
        "new", help="make a token, add it to the file, print it once", epilog=_EXAMPLES, formatter_class=raw
    )
    new.add_argument("name", metavar="NAME", help="who it is for; stands in the logs")
    new.add_argument(
        "--modules", nargs="+", required=True, metavar="GLOB", help="which modules it is for: GOPRIVATE globs"
    )
    new.add_argument(
        "--scopes", nargs="+", choices=sorted(SCOPES), default=["publish"], help="what it may do (default: publish)"
    )
    until = new.add_mutually_exclusive_group(required=True)
    until.add_argument("--expires", type=_instant, metavar="TIME", help="RFC 3339, like 2027-01-31T00:00:00Z")
    until.add_argument("--days", type=_days, metavar="N", help="expire that many days from now")
    listing = commands.add_parser("list", help="print name, expiry, scopes and globs of every token")
    for command in (new, listing):
        command.add_argument("--file", type=Path, required=True, metavar="PATH", help="the token file")
    return parser


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an RFC 3339 date-time") from error
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; add Z for UTC")
    return instant


def _days(text: str) -> datetime:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 36500:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=int(text))


def _new(arguments: argparse.Namespace) -> None:
    file: Path = arguments.file
    secret = new_secret()
    expires = arguments.expires or arguments.days
    token = Token(arguments.name, digest(secret), tuple(arguments.modules), frozenset(arguments.scopes), expires)
    with _locked(file.parent):
        before = file.read_bytes() if file.exists() else b""
        after = before + (b"\n" if before else b"") + _stanza(token).encode()
        parse_tokens(after)
        _replace(file, after)
    print(secret)


def _list(file: Path) -> None:
    for token in parse_tokens(file.read_bytes()):
        state = "expired" if token.expires <= datetime.now(UTC) else "expires"
        print(token.name, f"{state} {token.expires.isoformat()}", ",".join(sorted(token.scopes)), *token.modules)


def _stanza(token: Token) -> str:
    return (
        "[[token]]\n"
        f"name = {_toml(token.name)}\n"
        f"sha256 = {_toml(token.sha256)}\n"
        f"modules = {_toml(token.modules)}\n"
        f"scopes = {_toml(sorted(token.scopes))}\n"
        f"expires = {token.expires.isoformat()}\n"
    )


def _toml(value: str | Sequence[str]) -> str:
    # A JSON text, or a list of them, is the same in TOML, but for escaped surrogates.
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time. The folder is locked, not the file: the file is replaced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, data: bytes) -> None:
    """Put the new file in the place of the old one, at once, with the rights that the old one had (new: 0600)."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as temporary:
            if file.exists():
                old = file.stat()
                os.fchown(descriptor, old.st_uid, old.st_gid)
                os.fchmod(descriptor, old.st_mode & 0o777)
            temporary.write(data)
            temporary.flush()
            os.fsync(descriptor)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink()
        raise
