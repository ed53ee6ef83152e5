"""A build with the source document's own consumer variables, run inside a mount and network namespace of its own.

`unshare --mount --net python -m tests.e2e.in_namespace FOLDER PUBLIC` (see test_consumer_variables.py): here the host
name of the registry is loopback, the gateway has port 80, and there is nothing else that could be reached. Prints what
happened as one JSON document.
"""

import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tests.e2e.go import Go, build_and_run_hello
from tests.e2e.public import PublicModule
from tests.e2e.registry import PRIVATE, local_values, running_registry
from tests.goproxy_server import GoProxyServer

# The document's "Consumers" section, word for word, and GOINSECURE, because it is plain http.
CONSUMER_VARIABLES = {
    "GOWORK": "off",
    "GOPROXY": "http://go.packages.dev.ameide.io,direct",
    "GOPRIVATE": "go.packages.dev.ameide.io/*",
    "GONOSUMDB": "go.packages.dev.ameide.io/*",
    "GOINSECURE": "go.packages.dev.ameide.io",
}


def main() -> None:
    """Enter the little world, build in it, and tell."""
    folder, public = Path(sys.argv[1]), PublicModule.found_in(Path(sys.argv[2]))
    bring_loopback_up()
    name_the_registry(folder / "hosts")
    with contextlib.redirect_stdout(sys.stderr), GoProxyServer() as upstream:
        public.offer(upstream)
        url = f"http://{PRIVATE}"
        places = {"GATEWAY_BIND": "127.0.0.1:80", "GOMOD_PUBLIC_URL": url, "GO_REGISTRY_URL": url}
        with running_registry(local_values(folder / "state", upstream.url, **places)) as registry:
            version = registry.publish_sample()
            registry.lines.clear()
            go = Go(folder / "modules", CONSUMER_VARIABLES | {"GOFLAGS": "-modcacherw"})
            printed = build_and_run_hello(go, folder / "hello", version)
            asked_of_proxy = [line["path"] for line in registry.logged("proxy") if line["event"] == "request"]
        seen = {"printed": printed, "asked_of_proxy": asked_of_proxy, "asked_of_upstream": upstream.asked()}
    print(json.dumps(seen))


def bring_loopback_up() -> None:
    """A new network namespace has a loopback that is down."""
    siocsifflags, up_and_running = 0x8914, 0x41  # linux/sockios.h; IFF_UP | IFF_RUNNING of linux/if.h
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sh14x", b"lo", up_and_running))


def name_the_registry(hosts: Path) -> None:
    """The registry's host name leads to loopback; `hosts` is written anew."""
    hosts.write_text(f"127.0.0.1 localhost {PRIVATE}\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)


if __name__ == "__main__":
    main()
