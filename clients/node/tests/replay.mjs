/** Replays the traces that come as JSON on stdin; prints the updates of each, without the random id of their run. */

import {text} from "node:stream/consumers";
import {moment, upload} from "./simulation.js";

/** Returns the updates of a trace: its options, and its calls as [seconds, name, argument]. */
function replay({options, calls}) {
  const state = upload(options);
  const actions = {
    add: (bytes) => void (state.count += bytes),
    change: (status, at) => state.change(at, status, status === "processing" ? {phase: "scanning"} : {}),
    advance: (percent) => void state.advance("scanning", percent, 1, 1),
    total: (bytes) => state.learnTotal(bytes),
    retry: (attempt, at) => state.retry(at, attempt),
    progress: (how, at) => state.progress(at, how),
  };
  const updates = calls.map(([seconds, name, argument]) => actions[name](argument, moment(seconds)));
  return updates.filter(Boolean).map((update) => ({...update, runId: ""}));
}

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(replay)));
