"use client";

import {getToken} from "../session.js";
import {Uploads} from "./uploads.jsx";

export default function Page() {
  return <Uploads getToken={getToken} />;
}
