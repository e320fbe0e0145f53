/** The public types of the reporter. Sizes are in bytes. */

export type Status = "queued" | "uploading" | "paused" | "processing" | "completed" | "failed" | "canceled";

/** The error of a failed attempt: a short code for programs, a message for people. */
export interface UploadError {
  code: string;
  message: string;
  retryable?: boolean;
}

/** One state of one upload, as push takes it. */
export interface Update {
  userId: string;
  uploadId: string;
  /** Drawn at random for each attempt. Without `attempt`, push counts the attempts by it. */
  runId: string;
  fileName: string;
  status: Status;
  phase: string;
  bytesUploaded: number;
  /** null: the size is unknown. */
  bytesTotal: number | null;
  /** Epoch milliseconds; rises with each update. */
  rev: number;
  attempt?: number;
  bytesPerSecond?: number;
  /** Whole seconds; null: unknown. */
  etaSeconds?: number | null;
  /** Clients do not continue the line of `bytesPerSecond`: the steps are large and rare, or the bytes stand still. */
  unpredictable?: boolean;
  phasePercent?: number;
  /** Clients call the phase stalled after this time without news. */
  stalledAfterSeconds?: number;
  message?: string;
  error?: UploadError;
  result?: Record<string, unknown>;
}

/** Takes batches of updates. */
export interface Target {
  /** The maximum number of updates in one call; 500 by default. */
  readonly maxUpdates?: number;
  /** The maximum bytes of JSON in one call; 200,000 by default. */
  readonly maxBytes?: number;
  /** Sends all of `updates`, in order; rejects with a `NotSentError` for a part, with any other error for the whole. */
  send(updates: Update[]): unknown;
}

/** A client of the AWS SDK for JavaScript v3. */
export interface AwsClient {
  send(command: any, options?: any): Promise<any>;
}

/** A class of commands, such as `InvokeCommand`. */
export type AwsCommand = new (input: any) => any;

export interface Options {
  /** The user whose connections see the upload: 1 to 255 characters without control characters. */
  userId: string;
  /** The id of the upload: 1 to 1024 bytes of UTF-8 without control characters, as a key in S3. */
  uploadId: string;
  /** The name for people; cut at 1024 characters. */
  fileName: string;
  /** A `LambdaTarget`, `SqsTarget` or `EventBridgeTarget`, or a function that takes a list of updates. */
  target: Target | ((updates: Update[]) => unknown);
  /** The size in bytes; null if it is unknown. 0 is an empty file. */
  bytesTotal?: number | null;
  /** The number of the attempt, where a job queue counts them. By default push counts the attempts. */
  attempt?: number;
  /** The name of the transfer's phase; `transfer` by default. */
  phase?: string;
  /** `parts` where the count rises once per part or request: a part in progress is then no stall. */
  counts?: "bytes" | "parts";
  /** The status that `run` reports if its function succeeds. `processing` leaves the end to a later step. */
  onSuccess?: "completed" | "processing";
  /** Aborting it means `canceled`. */
  signal?: AbortSignal;
  /** Returns true for an error after which a job queue runs the job again: `run` then reports `queued`, no end. */
  retryOn?: (error: unknown) => boolean;
  /** Turns an error into words for the user. By default its text is not sent. */
  errorMessage?: (error: unknown) => string | null | undefined;
  /** The minimum between two updates of progress; 100 by default. */
  minIntervalMs?: number;
  /** The maximum between two updates while bytes are expected; 5000 by default, and twice as long after two minutes. */
  signOfLifeMs?: number;
  /** The maximum wait of `run` for the delivery of the end; 2000 by default, 0 does not wait. */
  flushOnEndMs?: number;
}
