import {StrictMode} from "react";
import {createRoot} from "react-dom/client";
import {getToken} from "./session.js";
import {Uploads} from "./uploads.jsx";
import "./progress.js";

createRoot(document.querySelector("#app")).render(
  <StrictMode>
    <Uploads getToken={getToken} />
  </StrictMode>,
);
