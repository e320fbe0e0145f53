/** The upload clients that `make test-node-uploaders` installs. */

import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const folder = (name) => createRequire(new URL(`../../../../.venv-node/${name}/`, import.meta.url));

/** Loads a package of `make test-node-uploaders`. */
export const load = (name) => import(pathToFileURL(folder("uploaders").resolve(name)).href);

/** Loads a package of the AWS SDK, which `make nodes` installs. */
export const loadSdk = (name) => folder("reporter")(name);
