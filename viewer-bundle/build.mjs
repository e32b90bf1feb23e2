// Bundle NiiVue, in the version of package-lock.json, into the package's static folder.
//
//   npm ci && npm run build    writes niivue.js, its licences and niivue.json
//   npm ci && npm run check    fails unless the files there are exactly what build would write

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "crossres", "viewer", "static");
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8")).packages;
const niivue = lock["node_modules/@niivue/niivue"];

// The codecs of zarr are 60 % of the bundle and WebAssembly; NIfTI needs none of them. Left
// external they are never loaded: the page may not load a module that is not its own.
const { metafile, outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["entry.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  external: ["numcodecs/*"],
  legalComments: "none",
  metafile: true,
  write: false,
  outfile: "niivue.js",
  banner: {
    js: `/*! NiiVue ${niivue.version} and what it needs; licences in niivue.LICENSES.txt. Built by viewer-bundle/build.mjs. */`,
  },
});

function bundledPackages() {
  const names = new Set();
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found && bytesInOutput > 0) names.add(found[1]);
  }
  return [...names].sort();
}

function licenceText(name) {
  const folder = join(here, "node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  // NiiVue's package on npm names its licence without the text, and none of what it holds of others.
  const niivue = ["NIIVUE-LICENSE.txt", "NIIVUE-NOTICES.txt"].map((text) => join(here, text));
  const paths = file ? [join(folder, file)] : name === "@niivue/niivue" ? niivue : [];
  if (paths.length === 0) throw new Error(`no licence text in ${name}`);
  return paths.map((path) => readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim()).join("\n\n");
}

function licences(names) {
  const sections = names.map((name) => {
    const { version, license } = lock[`node_modules/${name}`];
    return `${name} ${version} (${license})\n\n${licenceText(name)}\n`;
  });
  return `niivue.js holds code of these packages.\n\n${sections.join(`\n${"-".repeat(78)}\n\n`)}`;
}

const names = bundledPackages();
const script = outputFiles[0].contents;
const record = {
  niivue: niivue.version,
  integrity: niivue.integrity,
  sha256: createHash("sha256").update(script).digest("hex"),
  packages: Object.fromEntries(names.map((name) => [name, lock[`node_modules/${name}`].version])),
};
const files = {
  "niivue.js": Buffer.from(script),
  "niivue.LICENSES.txt": Buffer.from(licences(names)),
  "niivue.json": Buffer.from(`${JSON.stringify(record, null, 2)}\n`),
};

for (const [name, content] of Object.entries(files)) {
  const path = join(target, name);
  if (!process.argv.includes("--check")) writeFileSync(path, content);
  else if (!readFileSync(path).equals(content)) {
    console.error(`${name} is not what the locked versions give; run \`npm ci && npm run build\` here`);
    process.exitCode = 1;
  }
}
