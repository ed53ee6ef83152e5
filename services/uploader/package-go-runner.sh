#!/bin/sh
# What the helm test package-go-runner does, in the image packages-publisher-go: all of publishing, by one command. Arguments
# are the folders of the modules; everything else comes from the environment (the chart packages-go sets it).
set -eu

on_exit() {
    [ "$1" -eq 0 ] || echo "package-go-runner: failed; what to do: $RUNBOOK_URL#the-publish-test-fails" >&2
}
trap 'on_exit $?' EXIT

gomod-publish run "$@"
echo "package-go-runner: published, smoke-tested and put down in $GO_STATE_CONFIGMAP: $*"
