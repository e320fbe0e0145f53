/** Counts the bytes of a body while its client reads it. */

import {Readable} from "node:stream";

// A body in memory is handed out in pieces of this size, so that its count follows the client.
const PIECE_BYTES = 64 * 1024;

/** @typedef {(bytes: number) => void} Add */

/**
 * Returns a body with the bytes of `body` that calls `add` for each piece.
 *
 * A Node stream is returned itself: its `push` is counted, so that path, length and back-pressure stay as they are.
 *
 * @param {any} body
 * @param {Add} add
 * @returns {any}
 * @throws {TypeError} it yields no bytes
 */
export function countedBody(body, add) {
  if (typeof body?.push === "function" && typeof body.pipe === "function") return countPushes(body, add);
  if (body instanceof ReadableStream) return body.pipeThrough(counter(add));
  if (body instanceof Blob) return body.stream().pipeThrough(counter(add));
  if (ArrayBuffer.isView(body)) return countPushes(Readable.from(pieces(body), {objectMode: false}), add);
  if (body instanceof ArrayBuffer) return countedBody(new Uint8Array(body), add);
  const isForm = body instanceof FormData || body instanceof URLSearchParams;
  if (typeof body === "object" && !isForm && (body?.[Symbol.asyncIterator] || body?.[Symbol.iterator])) {
    return countedPieces(body, add);
  }
  throw new TypeError("it is neither a stream nor bytes");
}

/**
 * @param {Readable} stream
 * @param {Add} add
 */
function countPushes(stream, add) {
  const {push} = stream;
  if (!stream.readableObjectMode) add(stream.readableLength); // what it holds already
  stream.push = (chunk, encoding) => {
    if (chunk !== null) add(sizeOf(chunk, encoding));
    return push.call(stream, chunk, encoding);
  };
  return stream;
}

/** @param {Add} add */
function counter(add) {
  return new TransformStream({
    transform(chunk, controller) {
      add(sizeOf(chunk));
      controller.enqueue(chunk);
    },
  });
}

/**
 * @param {Iterable<unknown> | AsyncIterable<unknown>} body
 * @param {Add} add
 */
async function* countedPieces(body, add) {
  for await (const chunk of body) {
    add(sizeOf(chunk));
    yield chunk;
  }
}

/** @param {ArrayBufferView} view */
function* pieces(view) {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
}

/**
 * @param {any} chunk
 * @param {BufferEncoding} [encoding]
 */
const sizeOf = (chunk, encoding) =>
  typeof chunk === "string" ? Buffer.byteLength(chunk, encoding) : (chunk?.byteLength ?? 0);
