"""Fixtures of the end-to-end tests: real go, real Envoy, the services as processes, an upstream on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.go import Go, outer_goproxy_urls
from tests.e2e.public import PublicModule
from tests.e2e.registry import UUID, Registry, local_values, running_registry
from tests.goproxy_server import GoProxyServer


@pytest.fixture(scope="session")
def outer_goproxy() -> list[str]:
    """The module mirrors that this machine is set up with."""
    return outer_goproxy_urls()


@pytest.fixture(scope="session")
def uuid_module(tmp_path_factory: pytest.TempPathFactory) -> PublicModule:
    """github.com/google/uuid v1.6.0 as the machine's module mirror serves it."""
    return PublicModule.download(UUID, "v1.6.0", tmp_path_factory.mktemp("public"))


@pytest.fixture
def upstream(uuid_module: PublicModule) -> Iterator[GoProxyServer]:
    """A public GOPROXY on loopback that has uuid and records every request."""
    with GoProxyServer() as server:
        uuid_module.offer(server)
        yield server


@pytest.fixture
def registry(tmp_path: Path, upstream: GoProxyServer) -> Iterator[Registry]:
    """The whole registry in network mode fallback, its upstream on loopback."""
    with running_registry(local_values(tmp_path / "state", upstream.url)) as running:
        yield running


@pytest.fixture
def go(tmp_path: Path, registry: Registry) -> Go:
    """go as a developer has it who pasted the lines of scripts/up; its module cache is empty."""
    variables = {
        "GOPROXY": registry.url,
        "GONOPROXY": "none",
        "GONOSUMDB": "go.packages.dev.ameide.io/*",
        "GOFLAGS": "-modcacherw",
    }
    return Go(tmp_path / "modules", variables)
