"""The commands `import` and `export`: versions from elsewhere, and versions for elsewhere."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer

from gomod_admin.bundle import opened
from gomod_admin.command import EnvFile, Json, reporting
from gomod_admin.exits import Exit
from gomod_admin.export import export
from gomod_admin.foreign import Foreign
from gomod_admin.gosum import GoSum, merge, parse_go_sum
from gomod_admin.on_record import IntakeSettings, checking
from gomod_admin.report import Report
from gomod_admin.settings import StoreSettings, open_named_store, read_environ
from gomod_admin.signature import read_private_key, read_public_key
from gomod_admin.take_in import Intake
from gomod_admin.tally import Tally
from gomod_admin.trees import walk
from gomod_admin.untouched import Untouched
from gomod_admin.wanted import wanted
from gomod_proxy.own import OwnModules
from gomod_service.settings import SettingsError, read_settings


def import_command(
    tree: Annotated[Path, typer.Argument(metavar="TREE", help="A folder full of modules, or a bundle.", exists=True)],
    go_sum: Annotated[
        list[Path] | None,
        typer.Option("--go-sum", metavar="FILE", help="Refuse what has another hash than this go.sum says."),
    ] = None,
    signed_by: Annotated[
        Path | None,
        typer.Option("--signed-by", metavar="KEY", help="Take a bundle only if the other half of this key signed it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and take in nothing.")] = False,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Check what others stored version by version, and take in what is valid.

    TREE is the volume of an Athens, a GOMODCACHE, a folder that GOPROXY=file:// can read, a volume of ours, or a bundle
    that `export` wrote. It is only read. What is ours (GOMOD_PRIVATE_PATTERNS) must keep every rule that the uploader
    has; the rest is public, must keep those that go has, and must be what the checksum database has on record
    (GOMOD_SUMDBS) where no go.sum tells. Whether it is served is up to the proxy's policy. What stands already is never
    changed, so the command can be run again at any time, and goes on where it was interrupted.

    Of a bundle nothing is taken in unless all of it is as it was exported. KEY is a public Ed25519 key in PEM.
    """
    with reporting(as_json) as report:
        settings = read_settings(IntakeSettings, read_environ(env_file))
        tally = Tally(report, dry_run=dry_run)
        key = read_public_key(signed_by) if signed_by else None
        if key is not None and tree.is_dir():
            raise SettingsError("--signed-by is for bundles: nobody signs a folder")
        go_sums = [parse_go_sum(file.read_bytes()) for file in go_sum or []]
        take_in = partial(_take_in, settings, tally=tally, report=report, dry_run=dry_run)
        if tree.is_dir():
            take_in(walk(tree), merge(go_sums))
        else:
            with opened(tree, key) as bundle:
                take_in(bundle.versions(), merge([bundle.go_sum, *go_sums]))
        tally.tell()
    if tally.refused:
        raise typer.Exit(Exit.REFUSED)


def _take_in(
    settings: IntakeSettings,
    versions: Iterable[Foreign],
    go_sum: GoSum,
    *,
    tally: Tally,
    report: Report,
    dry_run: bool,
) -> None:
    async def take_in() -> None:
        named = open_named_store(settings.storage_url)
        await named.start()
        store = Untouched(named) if dry_run else named
        with report.progress("checking") as step:
            async with checking(settings, store) as checks:
                intake = Intake(store, OwnModules(settings.private_patterns), go_sum, checks)
                async for verdict in intake.take(versions):
                    step(str(verdict.module))
                    tally.add(verdict)

    anyio.run(take_in)


def export_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The bundle to write, a tar archive.")],
    go_sum: Annotated[
        list[Path],
        typer.Option("--go-sum", metavar="FILE", help="The go.sum of what is to be built; may be given repeatedly."),
    ],
    sign_with: Annotated[
        Path | None,
        typer.Option("--sign-with", metavar="KEY", help="Sign it with this private Ed25519 key, a PEM file."),
    ] = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Write everything that a build needs into one file, for a registry that can't reach this one.

    What go.sum names must be in the store, with the hashes that go.sum has. What is missing is named, and nothing is
    written: build once through this registry, and it has it. Unpacked, OUT is a folder that GOPROXY=file:// can read.

    \b
    A pair of keys, and looking into a bundle without this program:
      openssl genpkey -algorithm ed25519 -out private.pem
      openssl pkey -in private.pem -pubout -out public.pem
      openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in MANIFEST -sigfile MANIFEST.sig
      sha256sum --check MANIFEST
    """
    with reporting(as_json) as report:
        settings = read_settings(StoreSettings, read_environ(env_file))
        key = read_private_key(sign_with) if sign_with else None
        build = merge([parse_go_sum(file.read_bytes()) for file in go_sum])
        files = wanted(build, OwnModules(settings.private_patterns))
        with report.progress("exporting") as step:
            anyio.run(export, open_named_store(settings.storage_url), files, build, out, key, step)
        versions = len({file.module for file in files})
        report.say(f"wrote {out}: {len(files)} files of {versions} versions, {'signed' if key else 'not signed'}")
        report.document({"bundle": str(out), "files": len(files), "versions": versions, "signed": key is not None})
