// Bundles the page into dist/: hashed names, each file beside its gzip, so that the server only has to hand them out.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const fresh = join(here, "dist.new");
const done = join(here, "dist");
const base = "/graphiql/";
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

// Monaco starts its workers by URL; as files of this origin they need no blob: in the content security policy.
const workers = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};

// GraphiQL's own style sheet brings Monaco's; the modules' imports of it would only add a second copy.
const withoutMonacoStyles = {
  name: "without-monaco-styles",
  setup({ onLoad }) {
    onLoad({ filter: /monaco-editor\/esm\/.*\.css$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

/** The URL that each entry point was built into, by the entry point's name in the metafile. */
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

async function writeIndex(page) {
  const urls = urlsOf(page);
  const script = urls.get("src/main.jsx");
  const entry = page.metafile.outputs[Object.keys(page.metafile.outputs).find((file) => base + basename(file) === script)];
  const places = { script, style: base + basename(entry.cssBundle), icon: urls.get("icon.svg") };
  const template = await readFile(join(here, "index.html"), "utf8");
  await writeFile(join(fresh, "index.html"), template.replace(/{{(\w+)}}/g, (_, place) => places[place]));
}

async function compressAll() {
  for (const name of await readdir(fresh)) {
    await writeFile(join(fresh, `${name}.gz`), await compress(await readFile(join(fresh, name)), { level: 9 }));
  }
}

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh);
await writeIndex(await buildPage(await buildWorkers()));
await compressAll();
// Swapped in whole at the end: a build that was broken off leaves the page of before.
await rm(done, { recursive: true, force: true });
await rename(fresh, done);
