// `awslambda`, the global that streaming handlers are made with, and the refusal of such handlers.

import { RuntimeError } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** Puts `awslambda` where handlers find it. */
export function provideStreaming() {
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
    HttpResponseStream: { from: (stream) => stream },
  };
}

/** Raises StreamingNotSupported for a streaming handler: WebSocket routes and Invoke take buffered answers. */
export function refuseStreaming(handler, text) {
  if (!handler[STREAMING]) return;
  const reason = "The emulator takes buffered answers alone, as WebSocket integrations do.";
  throw new RuntimeError("StreamingNotSupported", `${text} is made by awslambda.streamifyResponse. ${reason}`);
}
