// Ends the process, and all that it started, when the emulator ends, however that happens.

import { Socket } from "node:net";

/** Watches the file descriptor `lifeline`, a socket whose other end the emulator holds; without one does nothing. */
export function endWithEmulator(lifeline) {
  if (lifeline === null) return;
  new Socket({ fd: Number(lifeline) }).on("close", endGroup).on("error", () => {}).resume().unref();
}

/** Ends the process and all that it started; the process alone if it leads no process group. */
export function endGroup() {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
