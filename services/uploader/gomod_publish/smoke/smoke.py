"""All checks of the smoke test, in the order in which they narrow a fault down."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from gomod.module import ModuleVersion
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy
from gomod_publish.smoke.checklist import Check, Result, Section, carry_out
from gomod_publish.smoke.consumer import check_consumer, check_known
from gomod_publish.smoke.go import Go
from gomod_publish.smoke.health import check_proxy, check_upload_route, check_uploader
from gomod_publish.smoke.public import check_cached
from gomod_publish.smoke.served import check_files, check_listed
from gomod_publish.smoke.settings import SmokeSettings


def smoke(
    proxy: Proxy, go: Go, versions: Sequence[Packed], settings: SmokeSettings, *, new: Collection[ModuleVersion]
) -> Iterator[Result]:
    """Check everything that `versions` need to be of use; those in `new` must be served in the very bytes sent."""
    cached = partial(check_cached, proxy, go, settings.public)
    return carry_out(
        [
            *_of_services(proxy, settings.uploader_url),
            *(check for packed in versions for check in _of_version(proxy, go, packed, packed.module in new)),
            Check(f"cache: {settings.public} twice", Section.CACHE, cached),
        ]
    )


def _of_services(proxy: Proxy, uploader_url: str) -> Iterator[Check]:
    yield Check("health: proxy", Section.HEALTH, partial(check_proxy, proxy))
    yield Check("health: route to the uploader", Section.HEALTH, partial(check_upload_route, proxy))
    if uploader_url:
        yield Check("health: uploader", Section.HEALTH, partial(check_uploader, proxy, uploader_url))


def _of_version(proxy: Proxy, go: Go, packed: Packed, is_new: bool) -> Iterator[Check]:
    module = packed.module
    yield Check(f"list: {module}", Section.SERVED, partial(check_listed, proxy, packed))
    yield Check(f"files: {module}", Section.SERVED, partial(check_files, proxy, packed, is_new=is_new))
    yield Check(f"go list: {module}", Section.GO, partial(check_known, go, packed))
    yield Check(f"consumer: {module}", Section.CONSUMER, partial(check_consumer, go, packed))
