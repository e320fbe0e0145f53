/** Warnings of the reporter, which go to Node's own `warning` event and to stderr. */

const warned = new Set();

/**
 * Emits one warning of each kind per process; a later one of the same kind says nothing new.
 *
 * @param {string} kind
 * @param {string} text
 */
export function warnOnce(kind, text) {
  if (warned.has(kind)) return;
  warned.add(kind);
  process.emitWarning(text, {type: "UploadProgressWarning", code: `UPLOAD_PROGRESS_${kind}`});
}

/**
 * Runs `act` and warns of what it throws: errors of reporting never reach the upload.
 *
 * @template T
 * @param {() => T} act
 * @returns {T | undefined}
 */
export function harmless(act) {
  try {
    return act();
  } catch (error) {
    warnOnce("NOT_REPORTED", `Progress was not reported: ${error instanceof Error ? error.message : typeof error}`);
    return undefined;
  }
}
