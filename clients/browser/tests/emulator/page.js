/** A page that watches one user's uploads on the emulator, in real time. */

import {once} from "node:events";
import {UploadProgress} from "../../upload-progress.js";

const PATIENCE_MS = 20_000;

let users = 0;

export class Page {
  states = [];
  warnings = [];
  reasons = [];
  told = [];
  random = 0;
  document = Object.assign(new EventTarget(), {visibilityState: "visible"});
  token = () => this.emulator.token(this.user);

  /** A page, by default of a user of its own, that ends with the test. */
  constructor(test, emulator, {user = `user-${++users}`, ...options} = {}) {
    this.emulator = emulator;
    this.user = user;
    this.progress = new UploadProgress({
      url: emulator.url,
      getToken: ({reason}) => {
        this.reasons.push(reason);
        return this.token(reason);
      },
      environment: {random: () => this.random, document: this.document, window: undefined, navigator: undefined},
      ...options,
    });
    this.progress.addEventListener("connection", ({detail}) => this.states.push(detail));
    this.progress.addEventListener("warning", ({detail}) => this.warnings.push(detail));
    this.progress.addEventListener("upload", ({detail}) => this.told.push(detail.upload));
    test.after(() => this.progress.close());
  }

  /** A page that is live. */
  static async live(test, emulator, options) {
    const page = new Page(test, emulator, options);
    await page.is("live");
    return page;
  }

  /** Wait until it is in this state. */
  async is(state) {
    while (this.progress.connection.state !== state) await this.next("connection");
    return this.progress.connection;
  }

  /** Wait until it has been in this state, which it may have left since. */
  async was(state) {
    for (;;) {
      const found = this.states.find((one) => one.state === state);
      if (found) return found;
      await this.next("connection");
    }
  }

  /** The next warning of this reason, or the one that has come already. */
  async warned(reason) {
    for (;;) {
      const warning = this.warnings.find((one) => one.reason === reason);
      if (warning) return warning;
      await this.next("warning");
    }
  }

  /** The next event of this type, if it comes in time. */
  async next(type) {
    const [{detail}] = await once(this.progress, type, {signal: AbortSignal.timeout(PATIENCE_MS)});
    return detail;
  }

  /** The one row that the server has of this page. */
  async row() {
    const rows = await this.emulator.connections(this.user);
    if (rows.length !== 1) throw new Error(`${this.user} has ${rows.length} connections`);
    return rows[0];
  }

  /** The row as soon as it is like this. */
  async rowWith(isAsWanted) {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20)) {
      const rows = await this.emulator.connections(this.user);
      if (rows.length === 1 && isAsWanted(rows[0])) return rows[0];
    }
    throw new Error(`the row of ${this.user} did not become as expected`);
  }

  look(visibilityState) {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

/** Some time, for what must not happen or cannot be waited for. */
export const pause = (ms = 200) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a pipeline reports of an upload. */
export const update = (userId, uploadId, rest = {}) => ({
  userId,
  uploadId,
  fileName: `${uploadId}.bin`,
  status: "uploading",
  bytesUploaded: 10,
  bytesTotal: 100,
  ...rest,
});
