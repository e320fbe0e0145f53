// What Lambda does from Node 24 on: the handler's value or promise is the result, and there are no callbacks.
// Where AWS's client lets an event get lost without a word, this one says so; the caller gets the same error.

import { logError, setEvent } from "./console.mjs";
import { ofEnvironment, ofHeaders, setTrace } from "./context.mjs";
import { errorBody, RuntimeError, xrayCause } from "./errors.mjs";
import { logForgottenAwait } from "./forgotten_await.mjs";
import { adviceFor, loadHandler } from "./handler.mjs";
import { resultText } from "./result.mjs";

const BEHAVIOUR = "promises";
const CALLBACKS_GONE =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
  "For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** Runs the function until the process ends. */
export async function runWithPromises(client, functions) {
  const unanswered = { what: "The module's top-level await" };
  sayWhatWasLost(unanswered, functions.root);
  const handler = await initialised(client, functions);
  for (;;) {
    unanswered.what = undefined;
    const { headers, body } = await client.next();
    unanswered.what = "The handler's promise";
    await handle(client, handler, { headers, body, answered: () => (unanswered.what = undefined) });
  }
}

async function initialised(client, functions) {
  try {
    const handler = await loadHandler(BEHAVIOUR, functions);
    if (handler.length >= 3) throw new RuntimeError("CallbackHandlerDeprecated", CALLBACKS_GONE);
    return handler;
  } catch (error) {
    logError("Init Error", error);
    const advice = adviceFor(error);
    if (advice) console.error(advice);
    client.postInitErrorNow(errorBody(BEHAVIOUR, error));
    process.exit(1);
  }
}

async function handle(client, handler, { headers, body, answered }) {
  const id = headers["lambda-runtime-aws-request-id"];
  setEvent(id);
  try {
    const { functionVersion, functionName, ...others } = ofEnvironment();
    const context = { ...ofHeaders(headers, true), functionName, functionVersion, ...others };
    setTrace(headers);
    const result = await handler.call({}, JSON.parse(body), context);
    await nextTurn();
    const text = resultText(BEHAVIOUR, result);
    answered();
    await client.postResponse(id, text);
  } catch (error) {
    await nextTurn();
    logError("Invoke Error", error);
    answered();
    await client.postError(id, errorBody(BEHAVIOUR, error), xrayCause(error));
  }
}

/** AWS's client answers in the next turn of the event loop: a rejection that nothing awaits ends the process first. */
function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Adds to Node's own end of the process, and changes nothing about it. */
function sayWhatWasLost(unanswered, root) {
  process.on("uncaughtExceptionMonitor", (error, origin) => {
    if (origin !== "unhandledRejection" || process.listenerCount("uncaughtException") > 0) return;
    logForgottenAwait(error, root, unanswered.what ? "The event has no answer." : "The event was answered before.");
  });
  process.on("beforeExit", () => {
    if (unanswered.what) console.error(`${unanswered.what} never settles, and nothing is left to wait for.`);
  });
}
