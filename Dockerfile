# The build stage compiles better-sqlite3 if its ready-made binary cannot be fetched.
FROM node:26-trixie-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The headers of this image's Node, so that node-gyp downloads none.
ENV npm_config_nodedir=/usr/local
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# What npm would publish, with the production dependencies of the lockfile.
RUN npm pack \
    && npm prune --omit=dev \
    && mkdir /app \
    && tar -xzf wc-auth-server-*.tgz -C /app --strip-components=1 \
    && mv node_modules /app/ \
    && rm -rf /app/node_modules/better-sqlite3/deps /app/node_modules/better-sqlite3/build/Release/obj*

FROM node:26-trixie-slim
LABEL org.opencontainers.image.title="wc-auth-server" \
      org.opencontainers.image.description="WooCommerce-compatible authorization server" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app ./
RUN ln -s /app/dist/server/cli/main.js /usr/local/bin/wc-auth \
    && install -d -m 0700 -o node -g node /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATABASE_URL=sqlite:/data/wc-auth.sqlite
# A number, so that Kubernetes can check runAsNonRoot. This is the image's user `node`.
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["wc-auth", "healthcheck"]
# The node image's own entrypoint would guess whether an argument is a command.
ENTRYPOINT []
CMD ["node", "dist/server/main.js"]
