/** An application in React: StrictMode, a client of its own, both hooks and the list. */

import "../../upload-progress-list.js";
import {StrictMode, useEffect, useState} from "react";
import {createRoot} from "react-dom/client";
import {usePredicted, useUpload, useUploads} from "../../upload-progress-react.js";
import {client} from "./gateway.js";

window.drawn = {all: 0, one: 0};

function All({progress}) {
  const {uploads, connection} = useUploads(progress);
  window.drawn.all++;
  return (
    <p id="all">
      {connection.state} {uploads.map(({fileName, percent}) => `${fileName} ${percent}`).join(", ")}
    </p>
  );
}

function One({progress, uploadId}) {
  const upload = useUpload(progress, uploadId);
  window.drawn.one++;
  return <p id="one">{upload ? `${upload.fileName} is ${upload.status}` : "unknown"}</p>;
}

function Moving({progress, uploadId}) {
  const predicted = usePredicted(progress, useUpload(progress, uploadId));
  return <p id="moving">{predicted?.percent}</p>;
}

function Application() {
  const [progress] = useState(() => client({autoConnect: false}));
  useEffect(() => {
    progress.connect();
    return () => progress.close();
  }, [progress]);
  return (
    <>
      <All progress={progress} />
      <One progress={progress} uploadId="film" />
      <Moving progress={progress} uploadId="moving" />
      <upload-progress-list source={progress} retryable={() => true} />
    </>
  );
}

const root = createRoot(document.querySelector("#root"));
root.render(
  <StrictMode>
    <Application />
  </StrictMode>,
);
window.leave = () => root.unmount();
