/** A gateway within the page: a WebSocket that answers `hello` with a snapshot, and sends what the test pushes. */

import {UploadProgress} from "../../upload-progress.js";

const uploads = new Map();
const open = new Set();

class LocalWebSocket {
  readyState = 0;

  constructor() {
    setTimeout(() => {
      this.readyState = 1;
      open.add(this);
      this.onopen?.();
    });
  }

  send(text) {
    const {action, id} = JSON.parse(text);
    if (action === "ping") this.receive({type: "pong"});
    if (action !== "hello") return;
    this.receive({type: "welcome", id, maxPredictionPercent: 10, predictionSeconds: 2});
    this.receive({
      type: "snapshot",
      snapshotId: "s",
      page: 1,
      pages: 1,
      truncated: false,
      uploads: [...uploads.values()],
    });
  }

  receive(message) {
    setTimeout(() => this.onmessage?.({data: JSON.stringify(message)}));
  }

  close() {
    this.readyState = 3;
    open.delete(this);
  }
}

/** Stores an update and sends it on every open connection. */
window.push = (update) => {
  const now = new Date().toISOString();
  const known = uploads.get(update.uploadId) ?? {attempt: 1, rev: 0, percent: 0, startedAt: now};
  const upload = {bytesUploaded: 0, bytesTotal: 100, ...known, rev: known.rev + 1, updatedAt: now, ...update};
  uploads.set(update.uploadId, upload);
  for (const socket of open) socket.receive({type: "status", upload});
};

window.connections = () => open.size;

export const client = (options) =>
  new UploadProgress({
    url: "ws://gateway.invalid/",
    getToken: () => "token",
    environment: {WebSocket: LocalWebSocket},
    ...options,
  });
