# https://docs.docker.com/reference/dockerfile/
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY packages/kiket-express packages/kiket-express
COPY src src
COPY .kiket .kiket
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
# The build contains everything except libsql's native part.
COPY --from=build /app/node_modules/@libsql node_modules/@libsql
COPY --from=build /app/dist dist
COPY .kiket .kiket
# The default database is a file in here: mount a volume, or the data is lost with the container.
RUN mkdir data && chown node:node data
VOLUME /app/data
USER node
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/index.js"]
