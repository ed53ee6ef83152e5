"""The steps of publishing as the commands take them, each told to the report as it goes."""

from collections.abc import Collection, Sequence
from pathlib import Path

from gomod.module import ModuleVersion
from gomod_publish.errors import SmokeFailed
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy
from gomod_publish.registry import Receipt, Registry
from gomod_publish.report import Report
from gomod_publish.smoke.go import Go
from gomod_publish.smoke.junit import write_junit
from gomod_publish.smoke.settings import SmokeSettings
from gomod_publish.smoke.smoke import smoke


def send(registry: Registry, packed: Packed, report: Report) -> Receipt:
    """Upload one version. Raises AlreadyExists, Refused, UpstreamError."""
    with report.sending(str(packed.module), packed.file("zip").stat().st_size) as on_sent:
        receipt = registry.upload(packed, on_sent)
    done = "uploaded" if receipt.is_new else "was there already, identical:"
    report.say(f"{done} {packed.module} {packed.h1}")
    for warning in receipt.warnings:
        report.say(f"  warning: {warning}")
    report.done(packed, registry=registry.url, new=receipt.is_new, warnings=receipt.warnings)
    return receipt


def smoke_test(
    proxy: Proxy,
    go: Go,
    versions: Sequence[Packed],
    settings: SmokeSettings,
    report: Report,
    *,
    new: Collection[ModuleVersion] = (),
    junit: Path | None = None,
) -> None:
    """Make sure that the versions are of use; those in `new` were sent just now. Raises SmokeFailed, OSError."""
    results = report.checked(smoke(proxy, go, versions, settings, new=new))
    if junit is not None:
        write_junit(results, junit)
    failed = [each for each in results if not each.passed]
    if failed:
        names = ", ".join(each.name for each in failed)
        raise SmokeFailed(f"{len(failed)} of {len(results)} checks failed: {names}; see {failed[0].section.link}")
