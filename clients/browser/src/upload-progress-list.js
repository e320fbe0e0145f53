/**
 * `<upload-progress-list>` shows the uploads of an UploadProgress, one progress bar per upload.
 *
 * ```js
 * document.querySelector("upload-progress-list").source = new UploadProgress({url, getToken});
 * ```
 *
 * An upload without news for `stalled-after-seconds` (120) is shown as stalled.
 *
 * Set `retryable` and `cancelable` to offer buttons. A button fires `retry` or `cancel` with `detail.upload`. Colours are
 * the custom properties `--upload-*`. The slot `empty` holds the content of an empty list.
 *
 * @module
 */

import {UploadProgressList} from "./list/element.js";

export {describe} from "./list/description.js";
export {formatBytes, formatSeconds} from "./list/format.js";
export {isQuiet, isStalled} from "./news.js";
export {newsAge, predict} from "./prediction.js";
export {TEXTS} from "./list/texts.js";
export {UploadProgressList};

const NAME = "upload-progress-list";
const {customElements} = globalThis;
// A server that renders the page has no elements, and another bundle may have defined this one.
if (customElements && !customElements.get(NAME)) customElements.define(NAME, UploadProgressList);
