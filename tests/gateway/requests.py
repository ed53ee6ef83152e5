"""The requests that every gateway of ours must route alike: the static Envoy file and, in a cluster, the HTTPRoute."""

from dataclasses import dataclass
from typing import Literal

HOST = "go.packages.dev.ameide.io"


@dataclass(frozen=True, slots=True)
class Row:
    """One request, and who must get it; `nobody` means that the gateway answers by itself."""

    method: str
    target: str  # as on the wire
    to: Literal["proxy", "uploader", "nobody"]
    host: str = HOST
    tidied: str = ""  # what the service sees; byte for byte the same, unless said

    @property
    def seen(self) -> str:
        """What the service must see."""
        return self.tidied or self.target

    def __str__(self) -> str:
        return f"{self.method} {self.host} {self.target}"


REQUESTS = (
    # The one path of the uploader, whatever the method: it is the uploader that says 405.
    Row("POST", "/upload", "uploader"),
    Row("GET", "/upload", "uploader"),
    Row("PUT", "/upload", "uploader"),
    Row("POST", "/upload?x=1", "uploader"),
    Row("POST", "/upload?", "uploader"),
    Row("POST", "/upload", "uploader", host=f"{HOST}:8080"),
    # Other spellings of it, which the gateway tidies before it looks where they go.
    Row("POST", "/./upload", "uploader", tidied="/upload"),
    Row("POST", "/x/../upload", "uploader", tidied="/upload"),
    Row("POST", "/%75pload", "uploader", tidied="/upload"),
    # What only looks like it.
    Row("POST", "/upload/", "proxy"),
    Row("POST", "/uploadx", "proxy"),
    Row("POST", "/Upload", "proxy"),
    Row("POST", "/uploa", "proxy"),
    Row("POST", "//upload", "proxy"),
    Row("POST", "/upload/x", "proxy"),
    Row("POST", "/upload%2F", "proxy"),
    Row("POST", "/upload;x", "proxy"),
    Row("GET", "/a.b/upload/@v/list", "proxy"),
    Row("GET", "/a.b/upload", "proxy"),
    # The protocol's own paths, none of them rewritten.
    Row("GET", "/", "proxy"),
    Row("GET", "/healthz", "proxy"),
    Row("GET", "/readyz", "proxy"),
    Row("GET", "/version", "proxy"),
    Row("GET", "/github.com/google/uuid/@v/list", "proxy"),
    Row("HEAD", "/github.com/google/uuid/@v/v1.6.0.zip", "proxy"),
    Row("GET", "/github.com/google/uuid/@latest", "proxy"),
    Row("GET", "/github.com/!azure/azure-sdk-for-go/@v/v1.2.3+incompatible.info", "proxy"),
    Row("GET", "/github.com/%21azure/x/@v/v1.0.0%2Bincompatible.mod", "proxy"),
    Row("GET", "/github.com//x/../y/@v/list", "proxy", tidied="/github.com//y/@v/list"),
    Row("GET", "/github.com/x/%2e%2e/%2E%2E/upload", "uploader", tidied="/upload"),
    Row("GET", "/github.com%2Fx/@v/list", "proxy"),
    Row("GET", f"/{HOST[3:]}/ameide-sdk-go?go-get=1", "proxy"),
    Row("GET", "/sumdb/example.org/tile/8/0/x001/234", "proxy"),
    Row("DELETE", "/github.com/google/uuid/@v/v1.6.0.zip", "proxy"),
    # A host that is not ours.
    Row("GET", "/github.com/google/uuid/@v/list", "nobody", host="elsewhere.example"),
    Row("POST", "/upload", "nobody", host="elsewhere.example"),
    Row("GET", "/", "nobody", host=f"x.{HOST}"),
)
