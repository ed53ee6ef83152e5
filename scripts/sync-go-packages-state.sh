#!/bin/sh
# Copies every key of the ConfigMap go-packages-state into files, or says where they differ; see --help.
set -eu

usage() {
    cat <<'HELP'
usage: scripts/sync-go-packages-state.sh [--check] NAMESPACE [DIR]

Brings what was published last (one JSON document for each module) from the cluster's ConfigMap go-packages-state into
DIR, tmp/tilt-packages when not given: `gomod-publish state sync`, with kubectl's own way into the cluster. Each file is
replaced whole; a *.json file whose key is gone is removed. Nothing changes when the state can't be read, is empty, or
holds something that is no state document.

--check changes nothing: it compares the ConfigMap with the files in DIR and with what the registry at GO_REGISTRY_URL
serves (`scripts/packages-env ENV` says where that is). Each difference is a line, and then the exit status is 1.

kubectl comes from the PATH, else from where `scripts/tools` keeps it; gomod-publish from .venv (`scripts/install` makes
it), else from the PATH.
HELP
}

root=$(cd "$(dirname "$0")/.." && pwd)
check=""
case "${1-}" in
--help | -h) usage && exit 0 ;;
--check) check=yes && shift ;;
esac
[ -n "${1-}" ] || { usage >&2 && exit 2; }
folder=${2:-$root/tmp/tilt-packages}

for tools in "${XDG_CACHE_HOME:-$HOME/.cache}"/gomod-registry/tools/helm-*; do
    PATH=$PATH:$tools
done
PATH=$root/.venv/bin:$PATH
state=$(kubectl --namespace "$1" get configmap go-packages-state --output json)
if [ -n "$check" ]; then
    printf '%s' "$state" | gomod-publish state check --from - --state-dir "$folder"
else
    printf '%s' "$state" | gomod-publish state sync "$folder" --from -
fi
