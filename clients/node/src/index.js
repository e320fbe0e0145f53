/** Reports the progress of an upload while it runs; never slows the transfer, and never makes it fail. */

export {ProcessTerminatedError} from "./exit.js";
export {UploadReporter} from "./reporter.js";
export {flush} from "./senders.js";
export {EventBridgeTarget, LambdaTarget, NotSentError, SqsTarget} from "./targets.js";

/**
 * @typedef {import("./types.d.ts").AwsClient} AwsClient
 * @typedef {import("./types.d.ts").Options} Options
 * @typedef {import("./types.d.ts").Status} Status
 * @typedef {import("./types.d.ts").Target} Target
 * @typedef {import("./types.d.ts").Update} Update
 * @typedef {import("./types.d.ts").UploadError} UploadError
 */
