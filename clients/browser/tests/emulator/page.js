/** A page that watches one user's uploads on the emulator, in real time. */

import {once} from "node:events";
import {UploadProgress} from "../../upload-progress.js";

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

  /** Wait until it is in this state, for this reason. */
  async is(state, reason) {
    const {connection} = this.progress;
    if (connection.state === state && (!reason || connection.reason === reason)) return connection;
    await once(this.progress, "connection");
    return this.is(state, reason);
  }

  /** The next warning of this reason, or the one that has come already. */
  async warned(reason) {
    const warning = this.warnings.find((one) => one.reason === reason);
    if (warning) return warning;
    await once(this.progress, "warning");
    return this.warned(reason);
  }

  /** The one row that the server has of this page. */
  async row() {
    const rows = await this.emulator.connections(this.user);
    if (rows.length !== 1) throw new Error(`${this.user} has ${rows.length} connections`);
    return rows[0];
  }

  /** The row as soon as it is like this. */
  async rowWith(isAsWanted) {
    for (;;) {
      const rows = await this.emulator.connections(this.user);
      if (rows.length === 1 && isAsWanted(rows[0])) return rows[0];
      await pause(20);
    }
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
