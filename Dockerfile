FROM node:24-trixie-slim AS modules
WORKDIR /auxo
COPY package.json package-lock.json ./
# The optional dependencies bring Node.js itself, which is here already.
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM node:24-trixie-slim
WORKDIR /auxo
ENV NODE_ENV=production
COPY --from=modules /auxo/node_modules node_modules
COPY package.json LICENSE ./
COPY api api
COPY pkg pkg
COPY controllers controllers
USER 65532:65532
EXPOSE 8080 8443
# Node would take room for what is new by the memory of the machine. Little room is looked through often, which frees the
# buffers of uploads soon: they are what takes memory here.
ENTRYPOINT ["node", "--max-semi-space-size=1", "controllers/main.ts"]
