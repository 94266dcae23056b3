// Shows openapi.json: each operation with its parameters, its answers, and a way to send it. Nothing comes from elsewhere.
const openapi = await (await fetch("openapi.json")).json();

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

function resolved(schema) {
  if (schema?.$ref) return resolved(schema.$ref.split("/").slice(1).reduce((at, key) => at[key], openapi));
  const choice = schema?.anyOf?.find((one) => one.type !== "null");
  return choice ? { ...resolved(choice), ...schema, anyOf: undefined } : schema ?? {};
}

// A value of that schema, made of the examples and defaults that stand in it.
function example(schema) {
  const known = resolved(schema);
  if (known.examples) return known.examples[0];
  if (known.const !== undefined) return known.const;
  if (known.type === "object") {
    const fields = Object.entries(known.properties ?? {});
    return Object.fromEntries(fields.map(([name, field]) => [name, example(field)]));
  }
  if (known.type === "array") return [];
  if (known.default !== undefined) return known.default;
  return { string: "…", integer: 0, boolean: false }[known.type] ?? null;
}

const pretty = (value) => JSON.stringify(value, null, 2);

function parameterField(parameter) {
  const input = element("input", { name: parameter.name, placeholder: parameter.required ? "required" : "" });
  input.dataset.in = parameter.in;
  return [
    element("dt", {}, element("code", {}, parameter.name)),
    element("dd", {}, input, " ", element("span", { className: "about" }, parameter.description ?? "")),
  ];
}

function answers(responses) {
  return Object.entries(responses).map(([status, response]) => {
    const [media] = Object.entries(response.content ?? {});
    const shown = media && (media[1].example ?? example(media[1].schema));
    const title = element("summary", {}, element("code", {}, status), ` ${response.description}`);
    return element("details", {}, title, shown ? element("pre", {}, pretty(shown)) : undefined);
  });
}

function request(path, method, fields, body) {
  const inputs = [...fields.querySelectorAll("input")].filter((input) => input.value !== "");
  const of = (place) => inputs.filter((input) => input.dataset.in === place);
  const query = new URLSearchParams(of("query").map((input) => [input.name, input.value])).toString();
  const headers = Object.fromEntries(of("header").map((input) => [input.name, input.value]));
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body?.value.trim()) headers["Content-Type"] = "application/json";
  const filled = of("path").reduce((at, input) => at.replace(`{${input.name}}`, encodeURIComponent(input.value)), path);
  const options = { method: method.toUpperCase(), headers, body: body?.value.trim() || undefined };
  return [new URL(filled.slice(1) + (query && `?${query}`), document.baseURI).href, options];
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(url, { method, headers, body }) {
  const said = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`);
  return `curl -X ${method} ${quoted(url)}${said.join("")}${body ? ` -d ${quoted(body)}` : ""}`;
}

async function send(url, options, result) {
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json");
    result.textContent = `${answer.status}\n${isJson ? pretty(JSON.parse(text)) : text}`;
  } catch (error) {
    result.textContent = String(error);
  }
}

function operation(path, method, told) {
  const fields = element("dl", {}, ...(told.parameters ?? []).flatMap(parameterField));
  const schema = told.requestBody?.content["application/json"].schema;
  const body = schema && element("textarea", { value: pretty(example(schema)), spellcheck: false });
  const line = element("pre");
  const result = element("pre", { className: "result" });
  const button = element("button", {}, "Send");
  button.onclick = () => {
    const [url, options] = request(path, method, fields, body);
    line.textContent = curl(url, options);
    return send(url, options, result);
  };
  const name = element("span", { className: `method ${method}` }, method.toUpperCase());
  return element(
    "details",
    { id: told.operationId ?? "" },
    element("summary", {}, name, element("code", {}, path), ` ${told.summary ?? ""}`),
    element("p", {}, told.description ?? ""),
    fields,
    body && element("h3", {}, "Body (may be left out)"),
    body,
    button,
    line,
    result,
    element("h3", {}, "Answers"),
    ...answers(told.responses),
  );
}

const groups = new Map();
for (const [path, methods] of Object.entries(openapi.paths))
  for (const [method, told] of Object.entries(methods)) {
    const tag = told.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), operation(path, method, told)]);
  }
const main = document.getElementById("operations");
main.replaceChildren(element("p", {}, openapi.info.description ?? ""));
for (const [tag, operations] of groups) main.append(element("h2", {}, tag), ...operations);
