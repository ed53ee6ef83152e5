"""From a URL like s3://bucket/prefix?staging=/scratch to a store; only this needs the extra `s3`."""

import atexit
import time
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from gomod_storage.object_bucket import CLIENT, RETRIES, Bucket
from gomod_storage.object_caretaker import BucketCaretaker
from gomod_storage.object_keys import Keys
from gomod_storage.object_store import ObjectStore

_CLIENTS = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}


def open_objects(url: SplitResult) -> tuple[ObjectStore, BucketCaretaker]:
    """The store that `url` names, and its caretaker. Raises ValueError, with nothing of the URL in its text.

    Credentials and endpoint come from the cloud's own environment variables.
    """
    query = parse_qsl(url.query, keep_blank_values=True)
    staging = Path(dict(query).get("staging", ""))
    names_bucket = url.netloc and not set("@:") & set(url.netloc)
    if not names_bucket or url.fragment or len(query) != 1 or not staging.is_absolute():
        raise ValueError(
            f"expected {url.scheme}://bucket/prefix?staging=/an/absolute/folder with a folder of this machine's own, "
            "and the credentials in the environment"
        )
    prefix = unquote(url.path).strip("/")
    try:
        client = _CLIENTS[url.scheme](url.netloc, prefix=prefix or None, client_options=CLIENT, retry_config=RETRIES)
    except BaseError as error:  # the text of which may hold what the environment says
        raise ValueError(f"the environment does not say how to reach {url.scheme}://{url.netloc}") from error
    _settle_at_exit()
    bucket = Bucket(client, f"{url.scheme}://{url.netloc}")
    store = ObjectStore(bucket, Keys(len(prefix.encode()) + 1), staging)
    return store, BucketCaretaker(bucket, store)


@cache
def _settle_at_exit() -> None:
    # A thread of obstore that has just resolved a future may still want the interpreter while it goes away, and aborts
    # the process then: 23 of 60 short scripts did, none of 120 with this pause.
    atexit.register(time.sleep, 0.05)
