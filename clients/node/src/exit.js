/** Delivers waiting updates at the end of this process. */

import {isMainThread} from "node:worker_threads";
import {readClocks} from "./clocks.js";
import {describe} from "./failure.js";
import {FLUSH_MS, activeSenders, flush} from "./senders.js";

/** The process got SIGTERM or SIGHUP while its upload was under way. */
export class ProcessTerminatedError extends Error {
  name = "ProcessTerminatedError";
}

const SIGNALS = /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"]);
let isInstalled = false;
let isEnding = false;
let msLeft = FLUSH_MS;

// Here, because a listener that is added during `beforeExit` is not called, and a program may upload its log then.
process.on("beforeExit", () => {
  isEnding = true;
  void flushRest();
});

/** Delivers at once after `beforeExit`, because nothing else keeps the process alive. */
export function flushIfEnding() {
  if (isEnding) void flushRest();
}

const waiting = () => activeSenders().reduce((sum, sender) => sum + sender.waiting, 0);

/**
 * Hooks the end of this process, once.
 *
 * A signal has a hook only where it would end the process at once: where it has no other listener, and not in process 1,
 * which the kernel spares (signal(7), kill(2)). All hooks wait 2 s in all.
 */
export function installExitHooks() {
  if (isInstalled) return;
  isInstalled = true;
  process.on("exit", warnOfLosses);
  if (!isMainThread || process.pid === 1) return;
  for (const signal of SIGNALS) if (!process.listenerCount(signal)) process.on(signal, onSignal);
}

async function flushRest() {
  if (!activeSenders().length || msLeft <= 0) return;
  const began = performance.now();
  await flush(msLeft);
  msLeft -= performance.now() - began;
}

function warnOfLosses() {
  const count = waiting();
  if (count) process.stderr.write(`UploadProgressWarning: The process ends before ${count} updates have left.\n`);
}

/**
 * Ends the uploads under way, delivers, then lets the signal end the process. Another listener of the program, which came
 * later, ends uploads and process itself.
 *
 * @param {typeof SIGNALS[number]} signal
 */
async function onSignal(signal) {
  const isOwn = process.listenerCount(signal) === 1;
  if (isOwn) for (const sender of activeSenders()) endAll(sender, signal);
  if (isOwn) for (const one of SIGNALS) process.off(one, onSignal); // a second Ctrl-C ends the process at once
  await flushRest();
  if (isOwn) process.kill(process.pid, signal);
}

/**
 * @param {import("./sender.js").Sender} sender
 * @param {typeof SIGNALS[number]} signal
 */
function endAll(sender, signal) {
  for (const upload of sender.uploads) {
    if (!upload.isRunning && upload.status !== "uploading" && upload.status !== "paused") continue;
    const update =
      signal === "SIGINT"
        ? upload.change(readClocks(), "canceled")
        : upload.change(readClocks(), "failed", {error: describe(new ProcessTerminatedError())});
    if (update) sender.put(upload, update);
  }
}
