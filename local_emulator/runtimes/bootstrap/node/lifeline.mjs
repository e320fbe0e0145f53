// Ends the process, and all that it started, when the emulator ends, however that happens.

import { Socket } from "node:net";

/** Watches the file descriptor `lifeline`, a socket whose other end the emulator holds; without one does nothing. */
export function endWithEmulator(lifeline) {
  if (lifeline === null) return;
  const end = () => {
    try {
      process.kill(-process.pid, "SIGKILL"); // its process group, if it leads one
    } catch {
      process.kill(process.pid, "SIGKILL");
    }
  };
  new Socket({ fd: Number(lifeline) }).on("close", end).on("error", () => {}).resume().unref();
}
