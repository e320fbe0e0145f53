"use client";

import "upload-progress/list";
import {useEffect, useState} from "react";
import {useUploads} from "upload-progress/react";
import {SharedUploadProgress} from "upload-progress/shared";
import {getToken, session} from "../../session.js";

const options = {url: "/ws/upload-progress", getToken, user: session.userId, autoConnect: false};

export default function Page() {
  const [progress] = useState(() => new SharedUploadProgress(options));
  useEffect(() => {
    progress.connect();
    return () => progress.close();
  }, [progress]);
  const {uploads, connection} = useUploads(progress);
  const setSource = (list) => {
    if (list) list.source = progress;
  };
  return (
    <>
      <p>
        {connection.state}: {uploads.length} uploads
      </p>
      <upload-progress-list ref={setSource} />
    </>
  );
}
