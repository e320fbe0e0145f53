// Lets `import` find packages in the folders of NODE_PATH, as Lambda's runtimes do since Node 18; Node itself looks
// there for `require` alone. Node before 22.15 loads this file a second time, in the thread of its hooks.

import { existsSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const PACKAGE = /^(?:@[\w.~-]+\/)?[\w~-][^:]*$/; // neither a path nor a URL

let importers = [];

/** Installs the search, if one of the folders exists: without layers nothing is slower. */
export function searchNodePath(nodePath = process.env.NODE_PATH ?? "") {
  const folders = nodePath.split(path.delimiter).filter((one) => path.basename(one) === "node_modules");
  initialize(folders.filter((one) => existsSync(one)).map((one) => pathToFileURL(path.join(one, "..", "_")).href));
  if (importers.length === 0) return;
  if (module.registerHooks) module.registerHooks({ resolve: resolveNow });
  else module.register(import.meta.url, { data: importers });
}

/** Takes the URLs that stand for an importing file beside each folder. */
export function initialize(urls) {
  importers = urls;
}

/** Resolves as Node does; a package that is not found, as if a file beside one of the folders imported it. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error, specifier)) throw error;
    for (const parentURL of importers) {
      const found = await next(specifier, { ...context, parentURL }).catch(() => undefined);
      if (found) return found;
    }
    throw error;
  }
}

function resolveNow(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!isMissing(error, specifier)) throw error;
    for (const parentURL of importers) {
      try {
        return next(specifier, { ...context, parentURL });
      } catch {
        // the next folder may have it
      }
    }
    throw error;
  }
}

function isMissing(error, specifier) {
  return error.code === "ERR_MODULE_NOT_FOUND" && PACKAGE.test(specifier);
}
