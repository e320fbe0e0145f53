// Runs a Node function: loads its handler, then asks the Runtime API for one event after another.
//
// `node start.mjs`, in the function's folder. LOCAL_EMULATOR_NODE holds JSON: {"behaviour": "callbacks" | "promises",
// "tlsPort": number | null, "lifeline": fd | null}.
// `callbacks` is what Lambda does up to Node 22, `promises` what it does from Node 24 on (aws-lambda-ric 3 and 4).

import { runWithCallbacks } from "./callbacks.mjs";
import { patchConsole } from "./console.mjs";
import { endWithEmulator } from "./lifeline.mjs";
import { searchNodePath } from "./node_path.mjs";
import { runWithPromises } from "./promises.mjs";
import { redirect } from "./redirect.mjs";
import { RuntimeClient } from "./runtime_client.mjs";
import { provideStreaming } from "./streaming.mjs";

const settings = JSON.parse(process.env.LOCAL_EMULATOR_NODE);
delete process.env.LOCAL_EMULATOR_NODE;
const functions = {
  root: process.env.LAMBDA_TASK_ROOT ?? process.cwd(),
  handler: process.env._HANDLER,
};
const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);

endWithEmulator(settings.lifeline);
patchConsole(settings.behaviour);
redirect(settings.tlsPort);
searchNodePath();
provideStreaming();
// Not awaited: a top-level await that never settles would give the process Node's own exit status.
(settings.behaviour === "promises" ? runWithPromises : runWithCallbacks)(client, functions);
