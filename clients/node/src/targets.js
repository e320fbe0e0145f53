/** The targets of updates: PushFunction through Lambda, SQS or EventBridge. The program passes the client of the SDK in. */

import {createHash} from "node:crypto";
import {keyOf} from "./outbox.js";

/**
 * @typedef {import("./types.d.ts").AwsClient} AwsClient
 * @typedef {import("./types.d.ts").AwsCommand} AwsCommand
 * @typedef {import("./types.d.ts").Update} Update
 */

// One dead call must not hold back newer states.
const CALL_TIMEOUT_MS = 10_000;

/** Thrown by a target that sent only a part: `updates` are the ones to send again. */
export class NotSentError extends Error {
  name = "NotSentError";

  /**
   * @param {Update[]} updates
   * @param {string} reason
   */
  constructor(updates, reason) {
    super(`${updates.length} updates were not taken: ${reason}`);
    this.updates = updates;
  }
}

/**
 * Returns a function that calls one operation of a client: its method, or its `send` with a command of `Command`.
 *
 * @param {any} client
 * @param {string} method
 * @param {AwsCommand | undefined} Command
 * @returns {(input: unknown) => Promise<any>}
 */
function operation(client, method, Command) {
  const options = () => ({abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS)});
  if (Command && typeof client?.send === "function") return (input) => client.send(new Command(input), options());
  if (typeof client?.[method] === "function") return (input) => client[method](input, options());
  throw new TypeError(
    `The client has no ${method}(): pass the class of its command, too, or a client such as new SQS()`,
  );
}

/** Invokes PushFunction asynchronously (InvocationType Event) with `{"updates": [...]}`. */
export class LambdaTarget {
  #invoke;

  /**
   * @param {string} functionName
   * @param {AwsClient} client a `Lambda`, or a `LambdaClient` with `InvokeCommand` as `Command`
   * @param {AwsCommand} [Command]
   */
  constructor(functionName, client, Command) {
    this.functionName = functionName;
    this.#invoke = operation(client, "invoke", Command);
  }

  /**
   * Invokes; Lambda answers 202 once the event is queued, and the SDK throws all other answers.
   *
   * @param {Update[]} updates
   */
  async send(updates) {
    const Payload = Buffer.from(JSON.stringify({updates}));
    await this.#invoke({FunctionName: this.functionName, InvocationType: "Event", Payload});
  }
}

/** Sends one message per update to ProgressQueue. On a FIFO queue the uploads are the message groups. */
export class SqsTarget {
  maxUpdates = 10; // the limit of SendMessageBatch
  #sendBatch;

  /**
   * @param {string} queueUrl
   * @param {AwsClient} client an `SQS`, or an `SQSClient` with `SendMessageBatchCommand` as `Command`
   * @param {AwsCommand} [Command]
   */
  constructor(queueUrl, client, Command) {
    this.queueUrl = queueUrl;
    this.#sendBatch = operation(client, "sendMessageBatch", Command);
  }

  /**
   * Sends the batch; entries that SQS refuses are thrown as a NotSentError.
   *
   * @param {Update[]} updates
   */
  async send(updates) {
    const Entries = updates.map((update, index) => this.#entry(update, index));
    /** @type {{Failed?: {Id: string, Code: string}[]}} */
    const {Failed = []} = await this.#sendBatch({QueueUrl: this.queueUrl, Entries});
    const refused = updates.filter((_, index) => Failed.some(({Id}) => Id === String(index)));
    if (Failed[0]) throw new NotSentError(refused, Failed[0].Code);
  }

  /**
   * @param {Update} update
   * @param {number} index
   */
  #entry(update, index) {
    const entry = {Id: String(index), MessageBody: JSON.stringify(update)};
    if (!this.queueUrl.endsWith(".fifo")) return entry;
    const state = `${keyOf(update)}\n${update.runId}\n${update.rev}`;
    return {...entry, MessageGroupId: sha256(keyOf(update)), MessageDeduplicationId: sha256(state)};
  }
}

/** Puts one event per update; `Source` is the stack's parameter `EventSource`, the detail-type `UploadProgress`. */
export class EventBridgeTarget {
  maxUpdates = 10; // the limit of PutEvents
  #putEvents;

  /**
   * @param {{source: string, eventBusName?: string}} options
   * @param {AwsClient} client an `EventBridge`, or an `EventBridgeClient` with `PutEventsCommand` as `Command`
   * @param {AwsCommand} [Command]
   */
  constructor({source, eventBusName}, client, Command) {
    this.source = source;
    this.eventBusName = eventBusName;
    this.#putEvents = operation(client, "putEvents", Command);
  }

  /**
   * Puts the events; entries that EventBridge refuses are thrown as a NotSentError. Its answer has their order.
   *
   * @param {Update[]} updates
   */
  async send(updates) {
    const {source: Source, eventBusName: EventBusName} = this;
    const Entries = updates.map((update) => {
      return {Source, EventBusName, DetailType: "UploadProgress", Detail: JSON.stringify(update)};
    });
    /** @type {{Entries?: {ErrorCode?: string}[]}} */
    const {Entries: answers = []} = await this.#putEvents({Entries});
    const refused = updates.filter((_, index) => answers[index]?.ErrorCode);
    const code = answers.find(({ErrorCode}) => ErrorCode)?.ErrorCode;
    if (code) throw new NotSentError(refused, code);
  }
}

/** @param {string} words */
const sha256 = (words) => createHash("sha256").update(words).digest("hex");
