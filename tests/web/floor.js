/**
 * Holds the browser floor: `node tests/web/floor.js`. Every platform feature that the scripts of web/ use, as TypeScript resolves
 * it, is looked up in MDN's compatibility data, and the syntax is compared with what esbuild makes of it for these browsers. The
 * floor is `browserslist` in web/package.json.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const WEB = join(ROOT, "web");
const require = createRequire(join(WEB, "package.json"));
const ts = require("typescript");
const esbuild = require("esbuild");
const compat = require("@mdn/browser-compat-data");

const { browserslist } = require("./package.json");
const FLOOR = browserslist.map((/** @type {string} */ entry) => entry.split(" "));
const NAMES = { ios_saf: "safari_ios" };
const ESBUILD = { ios_saf: "ios" };
const MIXED_INTO = ["Window", "Element", "HTMLElement", "Document", "Node"];
/** Used only behind a guard: what happens without each is tested. */
const GUARDED = new Set(["Navigator.locks", "LockManager.request", "Crypto.randomUUID"]);

/** Syntax of patterns that are written as text, where esbuild does not see it, by MDN's name. */
const IN_PATTERNS = Object.entries({ lookbehind_assertion: /\(\?<[=!]/u, modifier: /\(\?[ims-]+:/u });

/** @param {string[]} files @returns {string[]} what is newer than the floor, one line each */
export function findNewer(files) {
  return [...new Set([...files.flatMap(newerSyntax), ...newerFeatures(files)])];
}

/** @param {string} file */
function newerSyntax(file) {
  const code = readFileSync(file, "utf8");
  const target = FLOOR.map(([name, version]) => (ESBUILD[name] ?? name) + version);
  try {
    const lowered = esbuild.transformSync(code, { target, logLevel: "silent" }).code.split("\n");
    const plain = esbuild.transformSync(code, { target: "esnext" }).code.split("\n");
    const at = plain.findIndex((line, index) => line !== lowered[index]);
    return at < 0 ? [] : [`${relative(ROOT, file)}: syntax newer than the floor: ${plain[at].trim()}`];
  } catch (error) {
    return error.errors.map(({ text, location }) => `${relative(ROOT, file)}:${location?.line}: ${text}`);
  }
}

/** @param {string[]} files */
function newerFeatures(files) {
  const program = ts.createProgram(files, {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    types: [],
  });
  const checker = program.getTypeChecker();
  const found = [];
  for (const file of files) {
    const source = program.getSourceFile(file);
    const report = (/** @type {any} */ node, /** @type {string} */ problem) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${relative(ROOT, file)}:${line + 1}: ${problem}`);
    };
    const visit = (/** @type {any} */ node) => {
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
        for (const [name, syntax] of IN_PATTERNS) {
          const newer = syntax.test(node.getText()) && tooNew(compat.javascript.regular_expressions[name].__compat);
          if (newer) report(node, `${name} needs ${newer}`);
        }
      }
      if (ts.isIdentifier(node) && !ts.isPropertySignature(node.parent)) {
        for (const declaration of checker.getSymbolAtLocation(node)?.declarations ?? []) {
          const feature = lookUp(declaration, node.text);
          const newer = feature && tooNew(feature.data);
          if (!newer || GUARDED.has(feature.name)) continue;
          report(node, `${feature.name} needs ${newer}`);
          break;
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** MDN's entry for a declaration of TypeScript's own libraries. @param {any} declaration @param {string} member */
function lookUp(declaration, member) {
  if (!/\/typescript\/lib\/lib\.[^/]*$/.test(declaration.getSourceFile().fileName)) return null;
  let owner = declaration.parent;
  while (owner && !ts.isInterfaceDeclaration(owner) && !ts.isVariableDeclaration(owner)) owner = owner.parent;
  const isStatic = owner && owner !== declaration &&
    (ts.isVariableDeclaration(owner) || /Constructor$/.test(owner.name.text));
  const type = owner && owner !== declaration
    ? owner.name.text.replace(/(Constructor|Constructors|EventMap)$/, "")
    : "";
  const { api, javascript: { builtins } } = compat;
  // MDN lists the members of a mixin, and global functions, below the interfaces that have them.
  const places = type in api || type in builtins
    ? [isStatic && api[type]?.[`${member}_static`], api[type]?.[member], builtins[type]?.[member]]
    : [api[member], builtins[member], ...MIXED_INTO.map((name) => api[name][member])];
  const data = places.find((entry) => entry?.__compat)?.__compat;
  return data ? { name: type ? `${type}.${member}` : member, data } : null;
}

/** @param {any} data @returns {string} the first browser of the floor that lacks it, with the version that has it */
function tooNew({ support }) {
  for (const [name, version] of FLOOR) {
    const statements = [support[NAMES[name] ?? name] ?? []].flat().filter(({ flags }) => !flags);
    const added = statements.map(({ version_added }) => version_added).filter((one) => typeof one === "string");
    const since = added.map((one) => parseFloat(one.replace("≤", ""))).filter((one) => !Number.isNaN(one));
    if (!since.length || Math.min(...since) > Number(version)) {
      return `${name} ${since.length ? Math.min(...since) : "(never)"}`;
    }
  }
  return "";
}

/** @returns {string} the floor as the documents write it */
export function floorInWords() {
  const names = { chrome: "Chrome", edge: "Edge", firefox: "Firefox", safari: "Safari" };
  return FLOOR.filter(([name]) => names[name]).map(([name, version]) => `${names[name]} ${version}`).join(", ");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folders = [WEB, join(WEB, "parts"), join(WEB, "pages")];
  const files = folders.flatMap((folder) =>
    readdirSync(folder).filter((name) => /\.js$/.test(name)).map((name) => join(folder, name))
  );
  const problems = findNewer(files);
  for (const name of ["README.md", "web/README.md"]) {
    if (!readFileSync(join(ROOT, name), "utf8").includes(floorInWords())) {
      problems.push(`${name} does not name the floor: ${floorInWords()}`);
    }
  }
  console.log(problems.join("\n") || `web/ runs in ${floorInWords()} and newer.`);
  process.exitCode = problems.length ? 1 : 0;
}
