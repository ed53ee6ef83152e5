#!/bin/sh
# Applies a layer of deploy/helmfile to an environment, and runs the layer's helm tests; see --help.
set -eu

usage() {
    cat <<'HELP'
usage: scripts/run-helm-layer.sh LAYER [ENV]

LAYER  25 or 27, or a file of deploy/helmfile
ENV    local, staging or production; else $HELMFILE_ENVIRONMENT. There is no default.

`helmfile sync`, then `helmfile test --logs`; both logs stay in logs/helm-tests/. The values are those of
environments/ENV.env; GOMOD_UPSTREAMS must be in the environment. helmfile, helm and kubectl come from the PATH, else from
where `scripts/tools` keeps them. The exit status is that of the step that failed.
HELP
}

fail() {
    echo "run-helm-layer: $1" >&2
    exit 2
}

root=$(cd "$(dirname "$0")/.." && pwd)
case "${1-}" in
--help | -h) usage && exit 0 ;;
"") usage >&2 && exit 2 ;;
*.gotmpl | *.yaml) layer=$1 ;;
*) layer=$(find "$root/deploy/helmfile" -name "$1-*.yaml.gotmpl") ;;
esac
[ -f "$layer" ] || fail "no layer $1 in $root/deploy/helmfile"
environment=${2:-${HELMFILE_ENVIRONMENT-}}
missing=""
[ -n "$environment" ] || missing="$missing ENV (or HELMFILE_ENVIRONMENT)"
[ -n "${GOMOD_UPSTREAMS-}" ] || missing="$missing GOMOD_UPSTREAMS"
[ -z "$missing" ] || fail "not given:$missing; nothing was done"
[ -f "$root/environments/$environment.env" ] || fail "no environment $environment in $root/environments"

tools=${XDG_CACHE_HOME:-$HOME/.cache}/gomod-registry/tools
for folder in "$tools"/helmfile-* "$tools"/helm-*; do
    PATH=$PATH:$folder
done
export PATH HELMFILE_UPGRADE_NOTICE_DISABLED=1
for program in helmfile helm kubectl; do
    command -v "$program" >/dev/null || fail "$program is not there; scripts/tools helm helmfile makes it"
done

logs=$root/logs/helm-tests
name=$(basename "$layer")
name=${name%%.*}-$environment-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$logs"

# POSIX sh has no pipefail: the status of helmfile, and not of tee, is what counts.
run() {
    what=$1
    section=$2
    shift 2
    log=$logs/$name-$what.log
    { helmfile --file "$layer" --environment "$environment" "$@" 2>&1 || echo $? >"$log.status"; } | tee "$log"
    if [ -f "$log.status" ]; then
        read -r status <"$log.status"
        rm "$log.status"
        echo "run-helm-layer: $what failed; its log is $log; what to do: docs/operations.md, \"$section\"" >&2
        exit "$status"
    fi
}

run sync "A rollout does not end" sync
run test "The publish test fails" test --logs
