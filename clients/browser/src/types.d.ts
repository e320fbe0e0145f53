/** The public types of the client. Sizes are in bytes, times RFC 3339 unless a field says otherwise. */

/** One upload, as the server sends it and `docs/protocol.md` describes it. */
export interface Upload {
  uploadId: string;
  fileName?: string | null;
  status: "queued" | "uploading" | "paused" | "processing" | "completed" | "failed" | "canceled";
  phase?: string | null;
  /** From 0 to 100: how far the phase is. */
  phasePercent?: number | null;
  /** The time without news after which the upload is stalled; without it, the time of the page. */
  stalledAfterSeconds?: number;
  bytesUploaded: number;
  bytesTotal: number | null;
  /** 100 only once the upload is completed; null while its size is unknown. */
  percent: number | null;
  /** A retry has a higher attempt. */
  attempt: number;
  /** Orders the updates of one attempt. */
  rev: number;
  bytesPerSecond?: number | null;
  etaSeconds?: number | null;
  /** True if the next count cannot be predicted: the bar waits for the next update. */
  unpredictable?: boolean;
  message?: string;
  error?: {code?: string; message?: string; retryable?: boolean};
  result?: Record<string, unknown>;
  /**
   * Left out, a pipeline set this state. `client`: the user's own client reported it, and the server has not confirmed it.
   * If a state with a source is an end, a later update may still replace it.
   */
  source?: "bucket" | "sweep" | "client";
  /** The id that the pipeline gave to the update that set this state. */
  correlationId?: string;
  startedAt: string;
  updatedAt: string;
  /** The time of the last news that the client received, in epoch milliseconds of this machine's clock. */
  newsAt?: number;
  /** The server no longer lists the upload, and its last known state was not an end. */
  gone?: boolean;
}

/** The limits of prediction in a `welcome` message. Without all of them, a client does not predict. */
export interface PredictionLimits {
  /** The percent of the bar that a line may be ahead of the last message. */
  maxPredictionPercent?: number;
  /** Seconds for which a line goes on without a message; then it stops. */
  predictionSeconds?: number;
  /** The same in an attempt that is older than `latePredictionAfterSeconds`. */
  latePredictionSeconds?: number;
  latePredictionAfterSeconds?: number;
}

/** A `welcome` message of the server; `docs/protocol.md` lists more fields. */
export interface Welcome extends PredictionLimits {
  type: "welcome";
  [limit: string]: unknown;
}

/** An upload as it is drawn at a moment. */
export interface DrawnUpload extends Upload {
  /** The highest `bytesUploaded` of the messages of this attempt. */
  bytesConfirmed: number;
  /** Null while it is not known. */
  bytesPerSecond: number | null;
  etaSeconds: number | null;
  /** The bar moves on, although no message arrives. */
  moving: boolean;
}

/**
 * The reason for which `getToken` is called: to open the first connection (`connect`), to open another one
 * (`reconnect`), after the last token `expired`, to refresh a token that is `expiring`, to `rotate` an old connection, or
 * after the gateway `refused` three handshakes in a row, whose cause a browser cannot read.
 */
export type TokenReason = "connect" | "reconnect" | "expired" | "expiring" | "rotate" | "refused";

/** The state of the connection. */
export interface ConnectionState {
  /**
   * `connecting` until the first snapshot, then `live`. While `reconnecting`, the data is `ageMs` old. `unauthorized` and
   * `closed` last until `connect()`; after `idle_timeout`, `closed` also ends when the page becomes visible.
   */
  state: "connecting" | "live" | "reconnecting" | "unauthorized" | "closed";
  /**
   * Of the last disconnection. A failure is `no_token` (`getToken`), `refused` (the handshake), `network`, `no_answer`,
   * `csp` (Content Security Policy), `constructor` (of `WebSocket`) or `unsupported` (no `WebSocket`). Other reasons are
   * `idle_timeout`, `offline`, `application`, …
   */
  reason?: string;
  /** The error behind a failure. */
  cause?: unknown;
  /** The code of the server's `disconnect` message. */
  code?: number;
  /** The text of the server's `disconnect` message. */
  message?: string;
  /** The delay before the next attempt. Absent if no attempt is planned. */
  retryInMs?: number;
  /** The age of the data as of now; 0 while live, except just after the machine slept; null before the first snapshot. */
  ageMs: number | null;
}

/** The uploads, latest start first, and the connection. The same object until something changes. */
export interface Snapshot {
  readonly uploads: readonly Upload[];
  readonly connection: ConnectionState;
  /** The server has more uploads. */
  readonly truncated: boolean;
}

/** A `warning` or `error` message of the server; `docs/protocol.md` lists more fields. */
export interface Warning {
  type: "warning" | "error";
  /** `idle`, `token_expiring` or `max_duration`. */
  reason?: string;
  closesAt?: string;
  code?: number;
  name?: string;
  message?: string;
}

export interface UploadDetail {
  upload: Upload;
  previous?: Upload;
}

export interface UploadsDetail {
  uploads: Upload[];
  truncated: boolean;
}

export interface Events {
  /** One upload changed. */
  upload: CustomEvent<UploadDetail>;
  /** The list changed: a snapshot arrived, or an upload is new. */
  uploads: CustomEvent<UploadsDetail>;
  connection: CustomEvent<ConnectionState>;
  warning: CustomEvent<Warning>;
}

/** A listener of one event: a function, or an object with `handleEvent`. */
export type Listener<E extends Event> = ((event: E) => void) | {handleEvent(event: E): void} | null;

/** An `EventTarget` whose events are typed. */
export interface TypedTarget {
  addEventListener<Name extends keyof Events>(
    type: Name,
    listener: Listener<Events[Name]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof Events>(
    type: Name,
    listener: Listener<Events[Name]>,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

export interface ListEvents {
  /** A button of an upload was pressed. */
  retry: CustomEvent<{upload: Upload}>;
  cancel: CustomEvent<{upload: Upload}>;
}

/** An element whose own events are typed. */
export interface ListElement extends HTMLElement {
  addEventListener<Name extends keyof ListEvents>(
    type: Name,
    listener: Listener<ListEvents[Name]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof ListEvents>(
    type: Name,
    listener: Listener<ListEvents[Name]>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

export type ListElementConstructor = new () => ListElement;

/** The parts of the browser that a client uses. The defaults are those of the page. */
export interface Environment {
  WebSocket: new (url: string, protocols: string[]) => WebSocket;
  /** Epoch milliseconds. */
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
  setTimeout: (run: () => void, ms: number) => unknown;
  clearTimeout: (timer: any) => void;
  window?: EventTarget;
  document?: EventTarget & {visibilityState: string};
  navigator?: {onLine: boolean};
}

export interface Options {
  /** `wss://host/ws/upload-progress`, or `/ws/upload-progress` for the host of the page. */
  url: string | URL;
  /**
   * Returns a fresh token each time. The user is signed out if it returns null or throws an `UnauthorizedError`. Any
   * other failure is temporary.
   */
  getToken: (why: {reason: TokenReason}) => string | null | Promise<string | null>;
  /** Connect without a call of `connect()`; true by default. False on a server that renders the page. */
  autoConnect?: boolean;
  /** Answer idle warnings while the page is visible; true by default. */
  keepAlive?: boolean;
  /**
   * A hidden page reconnects within a minute (`slow`, the default), or only once it is visible again (`stop`).
   */
  whileHidden?: "slow" | "stop";
  /** For tests. */
  environment?: Partial<Environment>;
}

export interface SharedOptions extends Options {
  /**
   * The id of the signed-in user, or any other text that differs between users. Only tabs with the same text share a
   * connection.
   */
  user: string;
  /** The URL of `upload-progress-worker.js`; by default it is beside the module, where bundlers put it. */
  workerUrl?: string | URL;
}
