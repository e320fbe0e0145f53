/** The types of the module `upload-progress/list`, which defines the element. */

import type {UploadProgressList} from "./upload-progress-list.js";

export * from "./upload-progress-list.js";

declare global {
  interface HTMLElementTagNameMap {
    "upload-progress-list": UploadProgressList;
  }
}
