/** The types of the module `upload-progress/react`: the hooks, and the element in JSX. */

import type {DetailedHTMLProps, HTMLAttributes} from "react";
import type {UploadProgressList} from "./upload-progress-list.js";

export * from "./upload-progress-react.js";

type Properties = Partial<
  Pick<UploadProgressList, "source" | "retryable" | "cancelable" | "texts" | "stalledAfterSeconds">
>;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "upload-progress-list": DetailedHTMLProps<HTMLAttributes<UploadProgressList>, UploadProgressList> & Properties;
    }
  }
}
