#!/bin/sh
# What the helm test package-go-runner does, in the image packages-publisher-go: publish, smoke, consume. Arguments are the
# folders of the modules to publish; everything else comes from the environment (the Secret packages-go-env).
set -eu

on_exit() {
    [ "$1" -eq 0 ] || echo "package-go-runner: failed; what to do: $RUNBOOK_URL#the-publish-test-fails" >&2
}
trap 'on_exit $?' EXIT

step() {
    echo "package-go-runner: $*"
}

step "publish $*"
gomod-publish run "$@"

for pass in first second; do
    step "a public module, for the $pass time"
    GOMODCACHE=$(mktemp -d) GOFLAGS=-modcacherw go mod download -json github.com/google/uuid@v1.6.0
done

work=$(mktemp -d)
cd "$work"
export GOFLAGS=-modcacherw GOMODCACHE="$work/modules" GOCACHE="$work/cache"
step "a program that imports $GO_MODULE_PATH"
go mod init consumer.invalid
version=$(go list -m -f '{{.Version}}' "$GO_MODULE_PATH@latest")
go mod edit -require "$GO_MODULE_PATH@$version"
printf 'package main\n\nimport (\n\t_ "%s"\n\n\t"github.com/google/uuid"\n)\n\nfunc main() { println(uuid.Nil.String()) }\n' \
    "$GO_MODULE_PATH" >main.go
go mod tidy
go run .
step "built with $GO_MODULE_PATH $version"
