"""Azurite, the Blob service of Azure as a process on loopback; npm has it (`npm install azurite`), PyPI has not."""

import base64
import hashlib
import hmac
import shutil
from email.utils import formatdate
from pathlib import Path
from urllib.request import Request, urlopen

from tests.ports import free_port
from tests.storage.object_servers import BUCKET, ServerProcess

COMMAND = shutil.which("azurite-blob")

ACCOUNT = "devstoreaccount1"
# Its one well-known account, which is no secret.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite(ServerProcess):
    """The server with one container; it runs while the context lasts."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        address = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
        quiet = ["--silent", "--skipApiVersionCheck", "--disableTelemetry"]
        super().__init__([COMMAND or "azurite-blob", "--location", str(folder), *address, *quiet], port, folder / "log")
        self.url = f"az://{BUCKET}"
        self.environment = {
            # Which keeps obstore from asking for what Azurite takes no notice of: a listing from some name on.
            "AZURE_STORAGE_USE_EMULATOR": "true",
            "AZURITE_BLOB_STORAGE_URL": f"http://127.0.0.1:{port}",
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
        }

    def start(self) -> None:
        super().start()
        date = formatdate(usegmt=True)
        headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
        canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
        # Shared Key: the method, eleven headers that are not there, then those that are, then what is asked for.
        to_sign = "PUT" + "\n" * 12 + canonical + f"/{ACCOUNT}/{ACCOUNT}/{BUCKET}\nrestype:container"
        digest = hmac.digest(base64.b64decode(KEY), to_sign.encode(), hashlib.sha256)
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        url = f"http://127.0.0.1:{self.port}/{ACCOUNT}/{BUCKET}?restype=container"
        urlopen(Request(url, method="PUT", headers=headers)).close()
