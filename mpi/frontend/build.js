// Compiles the style sheet, bundles the script, and copies only the fonts and images that the style sheet names.
// Output: build/mpi/{app.css, app.js, fonts/, img/}; it is made anew each time.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const uswds = join(root, "node_modules", "@uswds", "uswds");
const out = join(root, "build", "mpi");

const compiled = sass.compile(join(here, "scss", "app.scss"), {
  loadPaths: [join(uswds, "packages")],
  quietDeps: true,
  logger: sass.Logger.silent,
});

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const named = new Set();
const css = compiled.css.replace(/url\((["']?)([^"')]+)\1\)/g, (whole, _quote, address) => {
  if (address.startsWith("data:")) return whole;
  const file = address.replace(/^(\.\.\/)+/, "").split(/[?#]/)[0];
  named.add(file);
  return `url("${file}")`;
});
for (const file of named) {
  const [own, theirs] = [join(here, file), join(uswds, "dist", file)];
  mkdirSync(dirname(join(out, file)), { recursive: true });
  copyFileSync(existsSync(own) ? own : theirs, join(out, file));
}
mkdirSync(join(out, "img"), { recursive: true });
copyFileSync(join(here, "img", "mark.svg"), join(out, "img", "mark.svg"));
const small = await transform(css, { loader: "css", minify: true, target: ["chrome109", "safari16", "firefox115"] });
writeFileSync(join(out, "app.css"), small.code);

await build({
  entryPoints: [join(here, "live", "index.js")],
  outfile: join(out, "app.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome109", "safari16", "firefox115"],
  legalComments: "none",
});
console.log(`Built ${pathToFileURL(out).pathname}: ${named.size} fonts and images`);
