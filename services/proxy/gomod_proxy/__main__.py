"""`python -m gomod_proxy`: the proxy as a process."""

import sys

from gomod_proxy.app import create_app
from gomod_proxy.settings import ProxySettings
from gomod_service.serve import main

PURPOSE = "Serves Go modules: our own from the store, public ones fetched once from upstream and kept."

if __name__ == "__main__":
    sys.exit(main("gomod_proxy", PURPOSE, ProxySettings, create_app, lambda settings: settings.server))
