# Build, with the project's own scripts:
#   docker build -t trail .
# Pin both images by digest for a release:
#   docker build --build-arg BUILD_IMAGE=node:24-trixie-slim@sha256:... \
#     --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:... -t trail .
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# The bundle needs no package's install script: none of a package's code runs here but esbuild and tsx.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && node dist/trail.js --help

# No shell, no package manager, user 65532. Nothing is written: the root file system may be read-only.
FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="goldmane-trail" \
  org.opencontainers.image.description="A durable, exact record of who talked to whom on a Calico cluster" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/dist/trail.js /src/dist/kubernetes-client.js /src/dist/THIRD-PARTY /src/LICENSE ./
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/trail.js"]
CMD ["--help"]
