/** What a page in TypeScript may write, and what its compiler must not let through. */

import {UnauthorizedError, UploadProgress, hasEnded, type Upload} from "upload-progress";
import {UploadProgressList} from "upload-progress/list";

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

const list: UploadProgressList = document.querySelector("upload-progress-list")!;
list.source = progress;
list.retryable = (upload: Upload) => upload.status === "failed";
list.texts = {empty: "Nichts da."};
// @ts-expect-error there is no such text
list.texts = {emtpy: "Nichts da."};
