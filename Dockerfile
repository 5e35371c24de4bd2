# One image for every process of the coupon half; the command says which one a container is:
#   node packages/coupon-core/dist/migrate.js        brings the schema up to date and ends
#   node packages/coupon-core/dist/topics.js         makes the topics of Kafka and ends
#   node packages/coupon-api/dist/main.js            HTTP, port 8080
#   node packages/coupon-consumer/dist/main.js       queue → MySQL; health and metrics on port 9091

FROM node:24-slim AS build
WORKDIR /app
RUN npm install --global pnpm@12.21.0
# The store is filled from the lock file alone, so that a change of the sources does not download anything again.
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN pnpm fetch
COPY . .
RUN pnpm install --frozen-lockfile --offline && pnpm build
# What the tests and the tools need stays behind in this stage.
RUN rm -rf node_modules packages/*/node_modules \
  && pnpm install --frozen-lockfile --offline --prod \
       --filter coupon-core --filter coupon-api --filter coupon-consumer \
  && find packages/*/dist \( -name '*.spec.*' -o -name '*.d.ts' -o -name '*.map' \) -delete

FROM node:24-slim AS runtime
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages/messaging packages/messaging
COPY --from=build /app/packages/coupon-core packages/coupon-core
COPY --from=build /app/packages/coupon-api packages/coupon-api
COPY --from=build /app/packages/coupon-consumer packages/coupon-consumer
# Inside a container only its own addresses exist, and the port has to be reachable from the network around it.
ENV HOST=0.0.0.0
USER node
EXPOSE 8080 9091
CMD ["node", "--min-semi-space-size=16", "--max-semi-space-size=16", "packages/coupon-api/dist/main.js"]
