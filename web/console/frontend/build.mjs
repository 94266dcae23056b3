// Bundles the console into dist/ with hashed names, and writes a .gz beside each file, so that the server only sends files.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const queries = join(here, "../../../client_queries");
const fresh = join(here, "dist.new");
const done = join(here, "dist");
const base = "console/"; // relative to the page at /console, which may be below a prefix
const compress = promisify(gzip);

/** The documents of a folder by operation name, as `web/graphql/execution/client_documents.py` puts them together. */
async function documents(folder) {
  const texts = {};
  for (const file of (await readdir(join(queries, folder))).filter((name) => name.endsWith(".graphql"))) {
    const own = (await readFile(join(queries, folder, file), "utf8")).trim();
    const fragments = new Map();
    const ahead = [own];
    while (ahead.length) {
      for (const [, name] of ahead.pop().matchAll(/\.\.\.\s*(?!on\b)(\w+)/g)) {
        if (fragments.has(name)) continue;
        const text = (await readFile(join(queries, folder, "fragments", `${name}.graphql`), "utf8")).trim();
        fragments.set(name, text);
        ahead.push(text);
      }
    }
    const spread = [...fragments].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
    texts[basename(file, ".graphql")] = [own, ...spread].join("\n\n") + "\n";
  }
  return texts;
}

const { metafile } = await (async () => {
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  return build({
    absWorkingDir: here,
    bundle: true,
    minify: true,
    target: "es2022",
    outdir: fresh,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    entryPoints: { console: "src/main.jsx", icon: "icon.svg" },
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".svg": "copy" },
    define: {
      DOCUMENTS: JSON.stringify({ ...(await documents("operator")), ...(await documents("moderator")) }),
      "process.env.NODE_ENV": '"production"',
    },
  });
})();

const outputs = Object.entries(metafile.outputs);
const [scriptFile, script] = outputs.find(([, output]) => output.entryPoint === "src/main.jsx");
const [iconFile] = outputs.find(([, output]) => output.entryPoint === "icon.svg");
const places = {
  script: base + basename(scriptFile),
  style: base + basename(script.cssBundle),
  icon: base + basename(iconFile),
};
const template = await readFile(join(here, "console.html"), "utf8");
await writeFile(join(fresh, "console.html"), template.replace(/{{(\w+)}}/g, (_, place) => places[place]));
for (const name of await readdir(fresh)) {
  await writeFile(join(fresh, `${name}.gz`), await compress(await readFile(join(fresh, name)), { level: 9 }));
}
// Replace the old files at the end: a build that is interrupted leaves the old page in place.
await rm(done, { recursive: true, force: true });
await rename(fresh, done);
