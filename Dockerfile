# The server and what it runs on, and nothing else: no shell, no npm, no package manager for an
# intruder to use or a scanner to report. docs/operating/deploying.md says how to run it;
# `npm run check:image` goes through the same steps without Docker.

# Pinned by version. A digest pins the bytes as well, and should be the one that your registry
# gives on the day that you check it:
#   docker buildx imagetools inspect node:24.21.0-trixie-slim --format '{{.Manifest.Digest}}'
#   FROM node:24.21.0-trixie-slim@sha256:…
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
# Before the sources: a change of those leaves the installation in the build cache.
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY console/package.json console/
COPY deploy/gather-runtime.sh deploy/
RUN npm ci --omit=dev --ignore-scripts && \
    deploy/gather-runtime.sh node_modules /runtime && \
    mkdir /data

# The console is built with packages that the server does without.
FROM node:24.21.0-trixie-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY console/package.json console/
RUN npm ci --include=dev --ignore-scripts
COPY console/ console/
RUN node console/build/main.ts

FROM scratch
COPY --from=build /runtime/ /
COPY --from=build /app/node_modules/ /app/node_modules/
COPY package.json LICENSE /app/
COPY src/ /app/src/
COPY --from=console /app/console/dist/ /app/console/dist/
COPY deploy/sallyport /usr/local/bin/
# Whoever runs it writes here and nowhere else; a new volume takes over this owner.
COPY --from=build --chown=65532:65532 /data/ /data/

ENV PATH=/usr/local/bin \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=6573 \
    DATA_DIR=/data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 6573
# In order, within 10 s: give `docker stop` more than its default, which is the same 10 s.
STOPSIGNAL SIGTERM
# That the process answers; a database that is away (GET /ready) is not mended by a restart.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The server is PID 1, handles its signals itself and starts no processes, so no init is needed.
ENTRYPOINT ["sallyport"]
CMD ["serve"]
