#!/bin/sh
# Copies every key of the ConfigMap go-packages-state into files; see --help.
set -eu

usage() {
    cat <<'HELP'
usage: scripts/sync-go-packages-state.sh NAMESPACE [DIR]

Brings what was published last (one JSON document for each module) from the cluster's ConfigMap go-packages-state into
DIR, tmp/tilt-packages when not given: one file for each key. Each file is replaced whole; a *.json file whose key is gone
is removed. Nothing changes when the state can't be read or is empty. kubectl comes from the PATH, else from where
`scripts/tools` keeps it.
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
state=$(kubectl --namespace "$1" get configmap go-packages-state --output json)
printf '%s' "$state" | python3 "$root/scripts/deploy/state_files.py" "${2:-$root/tmp/tilt-packages}"
