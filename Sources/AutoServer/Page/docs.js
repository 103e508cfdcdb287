// `/openapi.json` for people.

import { read, takeTokenFromAddress, token } from "/client.js";
import { h } from "/dom.js";
import { askForToken, show, showProblem, signedIn } from "/frame.js";

async function start() {
  takeTokenFromAddress();
  if (!token()) { askForToken(start); return; }
  signedIn();
  try { draw(await read("/openapi.json")); } catch (error) { showProblem(error, start); }
}

start();

function draw(api) {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).filter(([method]) => method !== "parameters").map(([method, one]) => ({ path, method, one, shared: item.parameters || [] })));
  show(h("h1", {}, "The API"), h("p", {}, api.info.description),
    h("p", {}, h("a", { href: "#schemas" }, "Schemas"), " below; ", h("code", {}, "/openapi.json"), " for programs (OpenAPI ", api.openapi, ")."),
    operations.map((operation) => operationBox(api, operation)),
    h("h2", { id: "schemas" }, "Schemas"),
    Object.entries(api.components.schemas).map(([name, schema]) => h("details", { id: `schema-${name}` },
      h("summary", {}, h("span", { class: "name" }, name)), h("div", { class: "inside" }, h("pre", {}, JSON.stringify(schema, null, 2))))));
}

function operationBox(api, { path, method, one, shared }) {
  const parameters = [...shared, ...(one.parameters || [])];
  return h("details", { id: one.operationId },
    h("summary", {}, h("span", { class: "row" }, h("span", { class: "method" }, method.toUpperCase()),
      h("span", { class: "path" }, path), h("span", { class: "soft" }, one.summary))),
    h("div", { class: "inside" }, [
      one.description ? h("p", {}, one.description) : null,
      h("p", { class: "soft" }, one["x-scope"] ? `Needs a token with the scope ${one["x-scope"]}.` : "Needs no token."),
      parameters.length > 0 ? h("dl", {}, parameters.map((parameter) => [
        h("dt", {}, `${parameter.name} (${parameter.in}${parameter.required ? "" : ", optional"})`),
        h("dd", {}, parameter.description || parameter.schema.format || parameter.schema.type)])) : null,
      one.requestBody ? h("dl", {}, h("dt", {}, "Body"), h("dd", {}, contents(one.requestBody.content))) : null,
      one.requestBody ? example(api, one.requestBody.content) : null,
      h("dl", {}, Object.entries(one.responses).map(([status, response]) => [
        h("dt", {}, status), h("dd", {}, response.description, " ", contents(response.content || {}))])),
    ].filter(Boolean)));
}

function contents(content) {
  return h("span", { class: "soft" }, Object.entries(content).map(([type, { schema }]) => {
    const name = (schema.$ref || schema.items?.$ref || "").split("/").at(-1);
    return h("span", {}, type, name ? [" ", h("a", { href: `#schema-${name}` }, schema.items ? `list of ${name}` : name)] : null, " ");
  }));
}

function example(api, content) {
  const name = (Object.values(content)[0].schema.$ref || "").split("/").at(-1);
  const given = api.components.schemas[name]?.examples?.[0];
  if (given === undefined) return null;
  return h("dl", {}, h("dt", {}, "Example"), h("dd", {}, h("pre", {}, typeof given === "string" ? given : JSON.stringify(given, null, 2))));
}
