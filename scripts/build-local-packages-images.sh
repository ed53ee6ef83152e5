#!/bin/sh
# Builds the images that are asked for; see --help.
set -eu

usage() {
    cat <<'HELP'
usage: scripts/build-local-packages-images.sh [--archive DIR] ENV IMAGE...

ENV    local, staging or production: names and tag of the images are those of environments/ENV.env
IMAGE  gomod-proxy, gomod-proxy-direct (with go and git, for the word direct in GOMOD_UPSTREAMS), gomod-uploader,
       packages-publisher-go (the publish runner, with the sample module in it, under the path GO_MODULE_PATH of ENV)

Builds just these, with buildah or else docker, as CLUSTER_IMAGES/IMAGE:CLUSTER_IMAGE_TAG. With --archive each is also
written to DIR/IMAGE.oci.tar (an OCI archive, buildah only), for `ctr images import`, `kind load image-archive` and the like.
Python's index and Go's proxy and checksum database are those that pip and go are set up with here.
More arguments for the builder, like --volume, can stand in BUILD_ARGUMENTS.
HELP
}

root=$(cd "$(dirname "$0")/.." && pwd)
archive=""
case "${1-}" in
--help | -h) usage && exit 0 ;;
--archive) archive=${2:?--archive needs a folder} && shift 2 ;;
esac
[ $# -ge 2 ] || { usage >&2 && exit 2; }
file=$root/environments/$1.env
shift
[ -f "$file" ] || { echo "build-local-packages-images: there is no $file" >&2 && exit 2; }

value() {
    sed -n "s/^$1=//p" "$file"
}
registry=$(value CLUSTER_IMAGES)
tag=$(value CLUSTER_IMAGE_TAG)
module=$(value GO_MODULE_PATH)

if command -v buildah >/dev/null; then
    builder="buildah build --format oci --timestamp 0"
elif command -v docker >/dev/null; then
    builder="docker build"
    [ -z "$archive" ] || { echo "build-local-packages-images: --archive needs buildah" >&2 && exit 2; }
else
    echo "build-local-packages-images: neither buildah nor docker is there" >&2
    exit 1
fi

go=$(command -v "$root/.venv/bin/go" || command -v go || true)
setting() {
    [ -z "$go" ] || "$go" env "$1"
}
index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
revision=$(git -C "$root" rev-parse HEAD)

for image in "$@"; do
    target=""
    case $image in
    gomod-proxy) dockerfile=services/proxy/Dockerfile ;;
    gomod-proxy-direct) dockerfile=services/proxy/Dockerfile target=direct ;;
    gomod-uploader) dockerfile=services/uploader/Dockerfile ;;
    packages-publisher-go) dockerfile=services/uploader/publisher.Dockerfile ;;
    *) echo "build-local-packages-images: there is no image $image; see --help" >&2 && exit 2 ;;
    esac
    # The builder and its further arguments are words on purpose.
    # shellcheck disable=SC2086
    $builder ${BUILD_ARGUMENTS-} \
        --build-arg "PIP_INDEX_URL=${PIP_INDEX_URL:-$index}" \
        --build-arg "GO_MODULE_PATH=$module" \
        --build-arg "GOPROXY=$(setting GOPROXY)" \
        --build-arg "GOSUMDB=$(setting GOSUMDB)" \
        --build-arg "REVISION=$revision" \
        --tag "$registry/$image:$tag" \
        ${target:+--target "$target"} \
        --file "$root/$dockerfile" "$root"
    if [ -n "$archive" ]; then
        mkdir -p "$archive"
        rm -f "$archive/$image.oci.tar"
        buildah push --quiet "$registry/$image:$tag" "oci-archive:$archive/$image.oci.tar:$registry/$image:$tag"
    fi
done
