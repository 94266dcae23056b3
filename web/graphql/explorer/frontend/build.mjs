// Bundles the pages into dist/ with hashed names, and writes a .gz beside each file, so that the server only sends files.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const fresh = join(here, "dist.new");
const done = join(here, "dist");
const base = "graphiql/"; // relative to the page at /graphql, which may be below a prefix
const compress = promisify(gzip);

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2022",
  outdir: fresh,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
};

// Monaco starts its workers by URL. As files of this origin they need no `blob:` in the Content-Security-Policy.
const workers = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};

// The style sheet of GraphiQL contains Monaco's. The imports in Monaco's modules would add a second copy.
const withoutMonacoStyles = {
  name: "without-monaco-styles",
  setup({ onLoad }) {
    onLoad({ filter: /monaco-editor\/esm\/.*\.css$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

/** The URL of each built entry point, by its name in the metafile. */
function urlsOf({ metafile }) {
  const built = Object.entries(metafile.outputs).filter(([, output]) => output.entryPoint);
  return new Map(built.map(([file, output]) => [output.entryPoint, base + basename(file)]));
}

async function buildWorkers() {
  const result = await build({ ...common, entryPoints: workers, format: "iife" });
  const urls = urlsOf(result);
  return Object.fromEntries(
    Object.entries(workers).map(([label, module]) => [label, urls.get(join("node_modules", module))]),
  );
}

async function buildPage(workerUrls) {
  return build({
    ...common,
    entryPoints: { page: "src/main.jsx", icon: "icon.svg" },
    format: "esm",
    splitting: true,
    jsx: "automatic",
    loader: { ".svg": "copy" },
    plugins: [withoutMonacoStyles],
    define: { WORKER_URLS: JSON.stringify(workerUrls), "process.env.NODE_ENV": '"production"' },
  });
}

// The reference of REST. Its files have the same place as those of GraphiQL, relative to the page at /docs.
async function buildReference() {
  return build({
    ...common,
    entryPoints: { reference: "src/reference.js", icon: "icon.svg" },
    format: "esm",
    loader: { ".svg": "copy" },
  });
}

/** Writes the HTML file of a page, from its template, with the URLs of what `page` has built. */
async function writePage(name, entryPoint, page) {
  const urls = urlsOf(page);
  const script = urls.get(entryPoint);
  const entry = page.metafile.outputs[Object.keys(page.metafile.outputs).find((file) => base + basename(file) === script)];
  const places = { script, style: base + basename(entry.cssBundle), icon: urls.get("icon.svg") };
  const template = await readFile(join(here, name), "utf8");
  await writeFile(join(fresh, name), template.replace(/{{(\w+)}}/g, (_, place) => places[place]));
}

async function compressAll() {
  for (const name of await readdir(fresh)) {
    await writeFile(join(fresh, `${name}.gz`), await compress(await readFile(join(fresh, name)), { level: 9 }));
  }
}

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh);
await writePage("index.html", "src/main.jsx", await buildPage(await buildWorkers()));
await writePage("reference.html", "src/reference.js", await buildReference());
await compressAll();
// Replace the old files at the end: a build that is interrupted leaves the old page in place.
await rm(done, { recursive: true, force: true });
await rename(fresh, done);
