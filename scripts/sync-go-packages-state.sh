#!/bin/sh
# Copies every key of the ConfigMap go-packages-state into files; see --help.
set -eu

usage() {
    cat <<'HELP'
usage: scripts/sync-go-packages-state.sh NAMESPACE [DIR]

Brings what was published last (one JSON document for each module) from the cluster's ConfigMap go-packages-state into
DIR, tmp/tilt-packages when not given: `gomod-publish state sync`, with kubectl's own way into the cluster. Each file is
replaced whole; a *.json file whose key is gone is removed. Nothing changes when the state can't be read, is empty, or
holds something that is no state document. kubectl comes from the PATH, else from where `scripts/tools` keeps it;
gomod-publish from .venv (`scripts/install` makes it), else from the PATH.
HELP
}

root=$(cd "$(dirname "$0")/.." && pwd)
case "${1-}" in
--help | -h) usage && exit 0 ;;
"") usage >&2 && exit 2 ;;
esac

for folder in "${XDG_CACHE_HOME:-$HOME/.cache}"/gomod-registry/tools/helm-*; do
    PATH=$PATH:$folder
done
PATH=$root/.venv/bin:$PATH
state=$(kubectl --namespace "$1" get configmap go-packages-state --output json)
printf '%s' "$state" | gomod-publish state sync "${2:-$root/tmp/tilt-packages}" --from -
