// `/openapi.json` for people: what each endpoint takes and gives, with a call of it that can be copied.

import { read, takeTokenFromAddress, token } from "/client.js";
import { copyButton, h } from "/dom.js";
import { askForToken, show, showProblem, signedIn } from "/frame.js";

async function start() {
  takeTokenFromAddress();
  if (!token()) { askForToken(start); return; }
  try {
    const [api, me] = await Promise.all([read("/openapi.json"), read("/me")]);
    signedIn(me);
    draw(api);
  } catch (error) { showProblem(error, start); }
}

start();

function draw(api) {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).filter(([method]) => method !== "parameters").map(([method, one]) => ({ path, method, one, shared: item.parameters || [] })));
  show(h("h1", {}, "The API"), h("p", {}, api.info.description),
    h("p", {}, h("code", {}, "/openapi.json"), ` is for programs (OpenAPI ${api.openapi}). The calls below are of this server, `, h("code", {}, location.origin),
      "; put a token into the environment: ", h("code", {}, "export AUTORUN_TOKEN=$(autorun token new NAME)"), "."),
    api.tags.map(({ name, description }) => [
      h("h2", { id: `tag-${name}` }, name[0].toUpperCase() + name.slice(1)), h("p", { class: "soft" }, description),
      operations.filter(({ one }) => one.tags.includes(name)).map((operation) => operationBox(api, operation))]),
    h("h2", { id: "schemas" }, "Schemas"),
    Object.entries(api.components.schemas).map(([name, schema]) => h("details", { id: `schema-${name}` },
      h("summary", {}, h("span", { class: "name" }, name)), h("div", { class: "inside" }, h("pre", {}, JSON.stringify(schema, null, 2))))));
  openNamed();
}

/** Opens what the address names. */
function openNamed() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) { named.open = true; named.scrollIntoView(); }
}

addEventListener("hashchange", openNamed);

function operationBox(api, { path, method, one, shared }) {
  const parameters = [...shared, ...(one.parameters || [])];
  const call = curl(api, path, method, one);
  return h("details", { id: one.operationId },
    h("summary", {}, h("span", { class: "row" }, h("span", { class: "method" }, method.toUpperCase()),
      h("span", { class: "path" }, path), h("span", { class: "soft" }, one.summary))),
    h("div", { class: "inside" },
      one.description ? h("p", {}, one.description) : null,
      h("p", { class: "soft" }, one["x-scope"] ? `Needs a token with the scope ${one["x-scope"]}.` : "Needs no token."),
      h("pre", { class: "curl" }, call), h("div", { class: "actions" }, copyButton(() => call, "the call")),
      parameters.length > 0 ? h("dl", {}, parameters.map((parameter) => [
        h("dt", {}, `${parameter.name} (${parameter.in}${parameter.required ? "" : ", optional"}): ${typeText(api, parameter.schema)}`),
        h("dd", {}, parameter.description || "")])) : null,
      one.requestBody ? h("dl", {}, h("dt", {}, "Body"), h("dd", {}, contents(one.requestBody.content))) : null,
      h("dl", {}, Object.entries(one.responses).map(([status, response]) => [
        h("dt", {}, status), h("dd", {}, response.description, " ", contents(response.content || {}))])),
      answerExample(api, one)));
}

/** A parameter's type in words: `integer from 1 to 200, else 50`. */
function typeText(api, schema) {
  const { type, format, enum: words, minimum, maximum, default: given } = resolved(api, schema);
  const kind = words ? words.join(", ") : format ? `${type} (${format})` : type;
  const range = minimum !== undefined && maximum !== undefined ? ` from ${minimum} to ${maximum}` : "";
  return kind + range + (given === undefined ? "" : `, else ${given}`);
}

function resolved(api, schema) {
  const name = schema.$ref?.split("/").at(-1);
  return name ? api.components.schemas[name] : schema;
}

/** The name of a schema that is referred to, alone or as what a list holds. */
function nameOf(schema) { return (schema.$ref || schema.items?.$ref || "").split("/").at(-1); }

function contents(content) {
  return h("span", { class: "soft" }, Object.entries(content).map(([type, { schema }]) => {
    const name = nameOf(schema);
    return h("span", {}, type, name ? [" ", h("a", { href: `#schema-${name}` }, schema.items ? `list of ${name}` : name)] : null, " ");
  }));
}

function exampleOf(api, schema) {
  if (schema.anyOf) return exampleOf(api, schema.anyOf[0]);
  const given = api.components.schemas[nameOf(schema)]?.examples?.[0];
  if (given === undefined) return undefined;
  return schema.items ? [given] : given;
}

function answerExample(api, one) {
  const answer = Object.entries(one.responses).find(([status]) => status.startsWith("2"))?.[1];
  const schema = answer?.content?.["application/json"]?.schema;
  const given = schema && exampleOf(api, schema);
  if (given === undefined) return null;
  return h("dl", {}, h("dt", {}, "Example of an answer"), h("dd", {}, h("pre", {}, JSON.stringify(given, null, 2))));
}

/** A text as one word of a shell. */
function quoted(text) { return `'${text.replaceAll("'", "'\\''")}'`; }

/** A call of this server, which is where this page came from. */
function curl(api, path, method, one) {
  const words = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${quoted(location.origin + path)}`];
  if (one["x-scope"]) words.push("-H \"Authorization: Bearer $AUTORUN_TOKEN\"");
  const [type, body] = Object.entries(one.requestBody?.content || {})[0] || [];
  if (body) {
    const given = exampleOf(api, body.schema);
    words.push(`-H ${quoted(`Content-Type: ${type}`)}`, `-d ${quoted(typeof given === "string" ? given : JSON.stringify(given ?? {}))}`);
  }
  return words.join(" \\\n  ");
}
