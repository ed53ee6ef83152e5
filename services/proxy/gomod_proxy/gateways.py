"""Gateways that end TLS before us: what they say about a request's way is believed, others may say what they like."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDRs, comma separated, like `10.0.0.0/8, ::1`. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


class Gateways:
    """The peers that are gateways of ours."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)

    def came_securely(self, scope: Scope) -> bool:
        """Whether the client spoke TLS: one of our gateways is the peer, and says so in X-Forwarded-Proto.

        A gateway overwrites what a client wrote there; two values would be one of each, and count for nothing.
        """
        return Headers(scope=scope).getlist("x-forwarded-proto") == ["https"] and self._is_gateway(scope.get("client"))

    def _is_gateway(self, peer: tuple[str, int] | None) -> bool:
        if peer is None:
            return False
        try:
            address = _plain(ip_address(peer[0]))
        except ValueError:
            return False  # no address: a socket's name
        return any(address in network for network in self._networks)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 peer of a listener for both families comes as ::ffff:192.0.2.1."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
