"""Publishing a packed version: it is sent, read back through the proxy and compared."""

from gomod_publish.packed import Packed
from gomod_publish.readback import read_back
from gomod_publish.registry import Receipt, Registry
from gomod_publish.report import Report


def send(registry: Registry, packed: Packed, report: Report) -> Receipt:
    """Upload one version. Raises AlreadyExists, Refused, UpstreamError."""
    with report.sending(str(packed.module), packed.file("zip").stat().st_size) as on_sent:
        receipt = registry.upload(packed, on_sent)
    done = "uploaded" if receipt.is_new else "was there already, identical:"
    report.say(f"{done} {packed.module} {packed.h1}")
    for warning in receipt.warnings:
        report.say(f"  warning: {warning}")
    return receipt


def publish(registry: Registry, packed: Packed, report: Report) -> Receipt:
    """Upload one version and make sure that the proxy serves it. Raises what `send` raises, and NotServed."""
    receipt = send(registry, packed, report)
    is_exact = read_back(registry, packed, is_new=receipt.is_new)
    same = "byte for byte what was sent" if is_exact else "the same module, in the bytes that came first"
    report.say(f"read back {packed.module} from {registry.url}: {same}")
    return receipt
