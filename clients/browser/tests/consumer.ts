/** What a page in TypeScript may write, and what its compiler must not let through. */

import {UnauthorizedError, UploadProgress, hasEnded, type Upload} from "upload-progress";
import {UploadProgressList} from "upload-progress/list";
import {SharedUploadProgress} from "upload-progress/shared";

const progress = new UploadProgress({
  url: "wss://example.com/",
  getToken: async ({reason}) => (reason === "refused" ? null : "token"),
});
// @ts-expect-error undefined says nothing of the user: null does
new UploadProgress({url: "wss://example.com/", getToken: () => undefined});
new UploadProgress({url: "wss://example.com/", getToken: () => Promise.reject(new UnauthorizedError("signed out"))});

progress.addEventListener("upload", ({detail: {upload, previous}}) => {
  const percent: number | null = upload.percent;
  const before: number | undefined = previous?.rev;
  const job: string | undefined = upload.correlationId;
  console.log(percent, before, job, hasEnded(upload));
});
progress.addEventListener("connection", ({detail}) => {
  if (detail.state === "reconnecting") console.log(detail.ageMs, detail.retryInMs, detail.reason, detail.cause);
  // @ts-expect-error there is no such state
  if (detail.state === "open") console.log();
});
// @ts-expect-error there is no such event
progress.addEventListener("progress", () => {});
// @ts-expect-error without a token nobody is let in
new UploadProgress({url: "wss://example.com/"});

// An object that handles events, null and options are listeners as those of any EventTarget.
const target: EventTarget = progress;
progress.addEventListener("upload", {handleEvent: ({detail}) => console.log(detail.upload.phasePercent)}, {once: true});
progress.removeEventListener("upload", null);
const unsubscribe: () => void = progress.subscribe(() => console.log(progress.getSnapshot().uploads.length));
progress.ended("upload-1", {attempt: 2, signal: AbortSignal.timeout(1000)}).then(({status}) => console.log(status));
new UploadProgress({url: "/ws", getToken: () => "t", autoConnect: false, whileHidden: "stop"}).connect();
// @ts-expect-error there is no such way to be hidden
new UploadProgress({url: "/ws", getToken: () => "t", whileHidden: "never"});
console.log(target, unsubscribe);

const list: UploadProgressList = document.querySelector("upload-progress-list")!;
document.createElement("upload-progress-list").source = progress;
list.addEventListener("retry", ({detail}) => console.log(detail.upload.uploadId));
list.addEventListener("cancel", ({detail}) => console.log(detail.upload.uploadId));
list.addEventListener("click", (event) => console.log(event.type));
const element: HTMLElement = list;
console.log(element);
list.source = progress;
list.retryable = (upload: Upload) => upload.status === "failed";
list.texts = {empty: "Nichts da."};
// @ts-expect-error there is no such text
list.texts = {emtpy: "Nichts da."};

const shared: UploadProgress = new SharedUploadProgress({url: "/ws", getToken: () => "t", user: "alice"});
list.source = shared;
// @ts-expect-error tabs of which user would share it?
new SharedUploadProgress({url: "/ws", getToken: () => "t"});
