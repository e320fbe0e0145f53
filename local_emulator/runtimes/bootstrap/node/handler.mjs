// Finds the handler that a Handler string names, as Lambda's two Node runtimes do.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { RuntimeError } from "./errors.mjs";
import { refuseStreaming } from "./streaming.mjs";

const require = createRequire(import.meta.url);
const THE_SDK = /Cannot find (?:module|package) '(@aws-sdk\/[^/']+|aws-sdk)/;

/** Returns the handler. Raises the error that Lambda posts to /init/error. */
export async function loadHandler(behaviour, { root, handler: text }) {
  if (text.includes("..")) {
    const advice = "Use absolute paths when specifying root directories in handler names.";
    throw new RuntimeError("MalformedHandlerName", `'${text}' is not a valid handler name. ${advice}`);
  }
  const last = path.basename(text);
  const [, name, property] = last.match(/^([^.]*)\.(.*)$/) ?? [];
  if (name === undefined) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const folder = text.slice(0, text.indexOf(last));
  const module = await loaded(behaviour, { root, folder, name });
  const handler = (behaviour === "promises" ? findAnywhere : find)(module, property.split("."));
  if (!handler) throw new RuntimeError("HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw new RuntimeError("HandlerNotFound", `${text} is not a function`);
  refuseStreaming(handler, text);
  return handler;
}

/** Returns advice for an error that comes from a missing AWS SDK, which Lambda's runtimes have; else undefined. */
export function adviceFor(error) {
  const name = String(error?.message).match(THE_SDK)?.[1];
  if (name === undefined) return undefined;
  if (name === "aws-sdk") return "Lambda has had no aws-sdk (version 2) since Node 18: package it with the function.";
  return `Lambda's Node runtimes bring ${name}, this machine has none beside the function: npm install ${name}`;
}

async function loaded(behaviour, module) {
  try {
    return await (behaviour === "promises" ? importModule : requireModule)(module);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError("UserCodeSyntaxError", String(error), error);
    if (error?.code === "MODULE_NOT_FOUND") throw new RuntimeError("ImportModuleError", String(error), error);
    throw error;
  }
}

/** The new client imports whatever exists under the name. */
async function importModule({ root, folder, name }) {
  const file = path.resolve(root, folder, name);
  const found = ["", ".js", ".mjs", ".cjs"].map((ending) => file + ending).find((one) => existsSync(one));
  if (found) return import(pathToFileURL(found).href);
  return require(require.resolve(name, { paths: [root, path.join(root, folder)] }));
}

/** The old client requires what it can, and imports .mjs and the .js of a package whose type is module. */
async function requireModule({ root, folder, name }) {
  const file = path.resolve(root, folder, name);
  const script = existsSync(`${file}.js`) && (isModulePackage(path.dirname(file)) ? importFile : require);
  const tries = [["", require], [".js", script], [".mjs", importFile], [".cjs", require]];
  for (const [ending, load] of tries) {
    const module = load && existsSync(file + ending) && (await load(file + ending));
    if (module) return module;
  }
  return require(require.resolve(name, { paths: [root, folder] }));
}

function importFile(file) {
  return import(pathToFileURL(file).href);
}

/** The nearest package.json decides; a folder named node_modules ends the search. */
function isModulePackage(folder) {
  if (folder.endsWith("/node_modules")) return false;
  try {
    return JSON.parse(readFileSync(path.join(folder, "package.json"))).type === "module";
  } catch (error) {
    if (error.code !== "ENOENT") return false;
  }
  return folder !== path.dirname(folder) && isModulePackage(path.dirname(folder));
}

function find(module, properties) {
  return properties.reduce((found, property) => found && found[property], module);
}

/** The new client looks into objects alone, and into the default export too. */
function findAnywhere(module, properties) {
  const within = (start) =>
    properties.reduce((found, one) => (found && typeof found === "object" ? found[one] : undefined), start);
  return within(module) || (module && typeof module === "object" && within(module.default));
}
