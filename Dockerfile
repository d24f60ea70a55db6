# pushledger with a PostgreSQL and an event store of their own (DATABASE_URL, EVENT_STORE_URL): see docker-compose.yml.
# The version of Node is that of the npm package `node` in package.json; a test compares them.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /opt/pushledger
COPY package.json package-lock.json .npmrc ./
# Two things stay out, some 180 MB together: the PostgreSQL programs (they are optional packages; without DATABASE_URL
# the start says that they are missing) and the Node that the npm package `node` downloads in its install script
# (bin/run-with-node takes the Node of this image). Theirs are the only install scripts that package.json approves, so
# none has to run.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY LICENSE ./
COPY bin ./bin
COPY src ./src
# The checkout's umask must not decide whether another user can read it.
RUN chmod -R a+rX,go-w .

# The page's own tools stay in this stage. They are optional packages of each platform in part, so none is left out.
FROM build AS page
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY vite.config.ts ./
COPY dashboard ./dashboard
RUN npm run build && chmod -R a+rX,go-w build

FROM node:24.21.0-bookworm-slim
# A number that no system user of the host is likely to have, for files that are mounted from there.
RUN groupadd --gid 10001 pushledger \
 && useradd --uid 10001 --gid pushledger --home-dir /var/lib/pushledger --no-create-home --shell /usr/sbin/nologin pushledger \
 && install --directory --owner=pushledger --group=pushledger --mode=0700 /var/lib/pushledger \
 && ln -s /opt/pushledger/bin/pushledger /opt/pushledger/bin/gitea_create_webhook /usr/local/bin/
COPY --from=build /opt/pushledger /opt/pushledger
COPY --from=page /opt/pushledger/build /opt/pushledger/build

ENV NODE_ENV=production \
    PUSHLEDGER_DATA_DIR=/var/lib/pushledger \
    HOST=0.0.0.0 \
    PORT=8080
WORKDIR /var/lib/pushledger
VOLUME /var/lib/pushledger
# By number, so that orchestrators which refuse root can see that it is not. It writes nowhere but in the volume and in
# /tmp: the root file system can be read-only.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not ready: a store that is away must not count against the process that keeps the pushes meanwhile.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["pushledger", "health", "--live"]
ENTRYPOINT ["pushledger"]
CMD ["serve"]
