// What Lambda does up to Node 22: a handler answers by callback, by context.succeed, fail or done, or by its promise.

import { logError, setEvent } from "./console.mjs";
import { ofEnvironment, ofHeaders, setTrace } from "./context.mjs";
import { errorBody, RuntimeError, xrayCause } from "./errors.mjs";
import { logForgottenAwait } from "./forgotten_await.mjs";
import { adviceFor, loadHandler } from "./handler.mjs";
import { resultText } from "./result.mjs";

const BEHAVIOUR = "callbacks";
const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
const EXIT_UNSETTLED_TOP_LEVEL_AWAIT = 13; // Node's own

/** Runs the function until the process ends. */
export async function runWithCallbacks(client, functions) {
  const run = new CallbacksRun(client, functions.root);
  run.watch();
  try {
    run.handler = await loadHandler(BEHAVIOUR, functions);
  } catch (error) {
    run.end("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION);
  }
  run.takeNext();
}

class CallbacksRun {
  handler;
  #client;
  #root;
  #event; // the event at work, or the last one
  #whenEmpty = () => this.#endUnsettled(); // called once nothing is left to wait for

  constructor(client, root) {
    this.#client = client;
    this.#root = root;
  }

  watch() {
    process.on("beforeExit", () => this.#whenEmpty());
    process.on("uncaughtException", (error) => this.end("Uncaught Exception", error, EXIT_UNCAUGHT_EXCEPTION));
    process.on("unhandledRejection", (reason, promise) => this.#endRejected(reason, promise));
  }

  /** Asks for the next event at the beginning of the next turn of the event loop. */
  takeNext() {
    this.#whenEmpty = () => {};
    setImmediate(async () => this.#handle(await this.#client.next()));
  }

  /** Posts the error, unless its event is answered, and ends the process. */
  end(label, error, status) {
    logError(label, error);
    const body = errorBody(BEHAVIOUR, error);
    if (!this.#event) this.#endInit(error, body);
    else if (!this.#event.answered) this.#client.postErrorNow(this.#event.id, body, xrayCause(error));
    process.exit(status);
  }

  #endInit(error, body) {
    const advice = adviceFor(error);
    if (advice) console.error(advice);
    this.#client.postInitErrorNow(body);
  }

  #endRejected(reason, promise) {
    const kept = this.#event?.answered ? "The answer that was given stays." : "The event fails.";
    logForgottenAwait(reason, this.#root, this.#event ? kept : "The initialisation fails.");
    const error = new RuntimeError("UnhandledPromiseRejection", String(reason), reason);
    this.end("Unhandled Promise Rejection", Object.assign(error, { reason, promise }), EXIT_UNHANDLED_REJECTION);
  }

  #endUnsettled() {
    console.error("The module's top-level await never settles, and nothing is left to wait for.");
    process.exitCode = EXIT_UNSETTLED_TOP_LEVEL_AWAIT;
  }

  #handle({ headers, body }) {
    this.#event = { id: headers["lambda-runtime-aws-request-id"], answered: false };
    setEvent(this.#event.id, headers["lambda-runtime-aws-tenant-id"]);
    const { callback, context } = this.#answers(this.#event);
    let promised = false;
    this.#whenEmpty = () => this.#answerNothing(this.#event, promised);
    try {
      setTrace(headers);
      Object.assign(context, ofEnvironment(), ofHeaders(headers, false));
      const result = this.handler.call({}, JSON.parse(body), context, callback);
      promised = typeof result?.then === "function";
      if (promised) result.then(context.succeed, context.fail).catch(context.fail);
    } catch (error) {
      callback(error);
    }
  }

  #answerNothing(event, promised) {
    if (promised) console.warn("The handler's promise never settles, nothing is left to wait for: null is posted.");
    this.#answer(event, null);
  }

  /** The ways in which a handler answers. The first call counts, whichever it is. */
  #answers(event) {
    const done = (error, result) => (error == null ? this.#answer(event, result) : this.#fail(event, error));
    const callback = (error, result) => {
      if (error != null) this.#fail(event, error);
      else if (!context.callbackWaitsForEmptyEventLoop) this.#answer(event, result);
      else this.#whenEmpty = () => setImmediate(() => this.#answer(event, result));
    };
    const first = firstCall();
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      succeed: first((result) => done(null, result)),
      fail: first((error) => done(error ?? "handled")),
      done: first(done),
    };
    return { callback: first(callback), context };
  }

  #answer(event, result) {
    if (event.answered) {
      console.error(
        "Invocation has already been reported as done. Cannot call complete more than once per invocation.",
      );
      return;
    }
    const text = resultText(BEHAVIOUR, result);
    this.#whenEmpty = () => {};
    event.answered = true;
    this.#client.postResponse(event.id, text).then(() => this.takeNext());
  }

  #fail(event, error) {
    this.#whenEmpty = () => {};
    logError("Invoke Error", error);
    event.answered = true;
    this.#client.postError(event.id, errorBody(BEHAVIOUR, error), xrayCause(error)).then(() => this.takeNext());
  }
}

/** Returns a wrapper: of all functions that it wrapped, one call gets through. A call that throws does not count. */
function firstCall() {
  let called = false;
  return (answer) =>
    (...given) => {
      if (called) return;
      answer(...given);
      called = true;
    };
}
