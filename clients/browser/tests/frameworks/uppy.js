/** Uppy with its Dashboard, an uploader that sends nothing, and the plugin. */

import {BasePlugin, Uppy} from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import {UploadProgressUppy} from "../../upload-progress-uppy.js";
import {client} from "./gateway.js";

class NoUploader extends BasePlugin {
  id = "NoUploader";
  type = "uploader";

  install() {
    this.uppy.addUploader(async (fileIds) => {
      for (const id of fileIds) {
        const file = this.uppy.getFile(id);
        this.uppy.emit("upload-start", [file]);
        this.uppy.emit("upload-success", this.uppy.getFile(id), {status: 200, body: {}});
      }
    });
  }
}

const uppy = new Uppy().use(Dashboard, {inline: true, target: "#root"}).use(NoUploader);
uppy.use(UploadProgressUppy, {progress: client()});
Object.assign(window, {uppy, ended: []});
uppy.on("complete", ({successful, failed}) =>
  window.ended.push([successful.map(({response}) => response.body.result), failed.map(({error}) => error)]),
);
window.choose = () =>
  uppy.addFile({name: "film.mp4", type: "video/mp4", data: new Blob(["film"]), meta: {uploadId: "film"}});
