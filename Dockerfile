# syntax=docker/dockerfile:1
# Build stage: Swift on Debian 12, and what ci/install installs for building.
FROM swift:6.3-bookworm AS build
WORKDIR /source
COPY ci/install ci/install
RUN ci/install --build-only
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY templates templates
COPY ci/pipelines ci/pipelines
RUN swift build --configuration release --static-swift-stdlib --product plumbline \
    && install -D "$(swift build --configuration release --static-swift-stdlib --show-bin-path)/plumbline" /staging/usr/local/bin/plumbline \
    && strip /staging/usr/local/bin/plumbline \
    && mkdir -p /staging/usr/share/bash-completion/completions /staging/usr/share/zsh/vendor-completions \
        /staging/usr/share/fish/vendor_completions.d /staging/usr/share/man/man1 \
    && /staging/usr/local/bin/plumbline --generate-completion-script bash > /staging/usr/share/bash-completion/completions/plumbline \
    && /staging/usr/local/bin/plumbline --generate-completion-script zsh > /staging/usr/share/zsh/vendor-completions/_plumbline \
    && /staging/usr/local/bin/plumbline --generate-completion-script fish > /staging/usr/share/fish/vendor_completions.d/plumbline.fish \
    && /staging/usr/local/bin/plumbline manual > /staging/usr/share/man/man1/plumbline.1 \
    && gzip -9n /staging/usr/share/man/man1/plumbline.1

# Runtime stage: the binary, the system libraries it loads, and certificates. No sandbox, no Python, no shell scripts of ours.
FROM debian:12-slim
ARG REVISION=unknown
LABEL org.opencontainers.image.title="plumbline" \
    org.opencontainers.image.description="Tests a deployed ML platform for real and says why it fails" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.revision="$REVISION"
# Unpinned on purpose: each build takes Debian 12's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libarchive13 libcurl4 libhiredis0.14 libpq5 libssl3 libzstd1 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /data plumbline
COPY --from=build /staging/ /
USER 10001
WORKDIR /data
# State and bundles belong on a volume: an ECS task's own disk is gone when the task is.
VOLUME ["/data"]
ENTRYPOINT ["/usr/local/bin/plumbline"]
CMD ["run", "--config", "/data/plumbline.yaml", "--state", "/data/state", "--out", "/data/out"]
