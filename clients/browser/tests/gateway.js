/** A real WebSocket server (RFC 6455) on a free port: text frames, no fragments, and the say over every handshake. */

import {createHash} from "node:crypto";
import {createServer} from "node:http";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One accepted connection: what the client said, and a voice to answer with. */
class Peer {
  said = [];
  closed = false;
  #waiting = [];
  #bytes = Buffer.alloc(0);

  constructor(tcp, token) {
    this.tcp = tcp;
    this.token = token;
    tcp.on("data", (bytes) => this.#read(bytes));
    tcp.on("error", () => {});
    tcp.on("close", () => this.#end());
  }

  send(message) {
    const body = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
    const head = body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 255];
    this.tcp.write(Buffer.concat([Buffer.from(head), body]));
  }

  /** Close as API Gateway does: always with 1000. */
  close() {
    this.tcp.write(Buffer.from([0x88, 2, 0x03, 0xe8]));
    this.tcp.end();
  }

  /** The network is gone, without a word. */
  cut() {
    this.tcp.destroy();
  }

  /** The first message of this action that was not taken yet. */
  async heard(action) {
    for (;;) {
      const index = this.said.findIndex((message) => message.action === action && !message.taken);
      if (index >= 0) {
        this.said[index].taken = true;
        return this.said[index];
      }
      if (this.closed) throw new Error(`closed before ${action}`);
      await new Promise((resolve) => this.#waiting.push(resolve));
    }
  }

  async ended() {
    while (!this.closed) await new Promise((resolve) => this.#waiting.push(resolve));
  }

  #read(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let frame = this.#frame(); frame; frame = this.#frame()) {
      if (frame.opcode === 1) this.said.push(JSON.parse(frame.body.toString()));
      if (frame.opcode === 8) this.tcp.end();
      this.#wake();
    }
  }

  #frame() {
    const bytes = this.#bytes;
    if (bytes.length < 6) return undefined;
    const short = bytes[1] & 127;
    const start = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < start + 4 + length) return undefined;
    const mask = bytes.subarray(start, start + 4);
    const body = bytes.subarray(start + 4, start + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
    this.#bytes = bytes.subarray(start + 4 + length);
    return {opcode: bytes[0] & 15, body: Buffer.from(body)};
  }

  #end() {
    this.closed = true;
    this.#wake();
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Accepts handshakes while `refuse` is 0, else answers them with that HTTP status. */
export class Gateway {
  refuse = 0;
  handshakes = 0;
  peers = [];
  #taken = 0;
  #waiting = [];
  #server = createServer((_, response) => response.writeHead(426).end());

  async listen(port = 0) {
    this.#server.on("upgrade", (request, tcp) => this.#upgrade(request, tcp));
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return this;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/ws/upload-progress`;
  }

  /** The next connection, once it is accepted. */
  async accepted() {
    while (this.peers.length <= this.#taken) await new Promise((resolve) => this.#waiting.push(resolve));
    return this.peers[this.#taken++];
  }

  /** The next connection after it was welcomed and sent a snapshot. */
  async greeted(uploads = [], welcome = {}) {
    const peer = await this.accepted();
    await peer.heard("hello");
    peer.send({type: "welcome", id: "hello", ...welcome});
    peer.send(snapshot(uploads));
    return peer;
  }

  async stop() {
    for (const peer of this.peers) peer.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #upgrade(request, tcp) {
    this.handshakes++;
    const [protocol, bearer = ""] = (request.headers["sec-websocket-protocol"] ?? "").split(/, */);
    if (this.refuse) tcp.end(`HTTP/1.1 ${this.refuse} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    else this.#accept(request, tcp, protocol, bearer);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #accept(request, tcp, protocol, bearer) {
    const key = createHash("sha1")
      .update(request.headers["sec-websocket-key"] + GUID)
      .digest("base64");
    tcp.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    this.peers.push(new Peer(tcp, bearer.replace("bearer.", "")));
  }
}

export const snapshot = (uploads, page = 1, pages = 1, snapshotId = "s1") => ({
  type: "snapshot",
  snapshotId,
  page,
  pages,
  truncated: false,
  uploads,
});

let moment = 0;

/** An upload as the server tells it. */
export const upload = (uploadId, rest = {}) => ({
  uploadId,
  fileName: `${uploadId}.bin`,
  status: "uploading",
  bytesUploaded: 0,
  bytesTotal: 100,
  percent: 0,
  attempt: 1,
  rev: 1,
  startedAt: new Date(moment++).toISOString(),
  updatedAt: new Date(moment).toISOString(),
  ...rest,
});
