#!/bin/sh
# What the helm test package-go-runner does, in the image packages-publisher-go: all of publishing, by one command. Arguments
# are the folders of the modules; everything else comes from the environment (the chart packages-go sets it). The status is
# that of gomod-publish, in CI as well, where nothing but what gomod-publish asks for is set.
set -eu

on_exit() {
    [ "$1" -eq 0 ] || echo "package-go-runner: failed; what to do: ${RUNBOOK_URL:-docs/operations.md}#the-publish-test-fails" >&2
}
trap 'on_exit $?' EXIT

gomod-publish run "$@"
echo "package-go-runner: published, smoke-tested and put down in ${GO_STATE_CONFIGMAP:-$GO_STATE_DIR}: $*"
