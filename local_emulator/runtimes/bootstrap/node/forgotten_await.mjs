// Names a promise that was rejected while no code awaited it: the place of the error, and the usual cause.

import { inspect } from "node:util";
import { placeOf } from "./errors.mjs";

/** Logs it, with `consequence`, a sentence on what became of the event. */
export function logForgottenAwait(reason, root, consequence) {
  const what = reason instanceof Error ? `${reason.name}: ${reason.message}` : inspect(reason);
  const place = placeOf(reason, root);
  const at = place ? ` at ${place}` : "";
  console.error(`A promise was rejected and nothing awaits it (a forgotten await?): ${what}${at}. ${consequence}`);
}
