/**
 * A fleet of the real browser client against a simulated gateway in simulated time.
 *
 * Reads one scenario (JSON) from standard input and answers what the gateway observed (JSON, milliseconds):
 * `{seed, clients, connectsWithinMs, perSecond, lastsMs, event}`, where `event` is
 * `{type: "drop"}`, `{type: "close", disconnect}` or `{type: "warn", warnings: [{afterMs, closesInMs}, …]}` with one
 * warning for each client. Time counts from the event.
 */
import {readFileSync} from "node:fs";
import {UploadProgress} from "../../../clients/browser/upload-progress.js";
import {SimulatedGateway} from "./gateway.mjs";
import {SimulatedTime, seeded} from "./time.mjs";

const SETTLE_MS = 60_000;

async function simulate({seed, clients, connectsWithinMs, perSecond, lastsMs, event}) {
  const time = new SimulatedTime();
  const random = seeded(seed);
  const gateway = new SimulatedGateway(time);
  for (let number = 0; number < clients; number++) {
    time.setTimeout(() => newClient(time, random, gateway), (connectsWithinMs * number) / clients);
  }
  await time.pass(connectsWithinMs + SETTLE_MS);
  const before = gateway.open.size;
  gateway.clear();
  gateway.limit(perSecond);
  const begin = time.now;
  EVENTS[event.type](gateway, time, event);
  await time.pass(begin + lastsMs);
  const since = (moments) => moments.map((at) => at - begin);
  const {attempts, accepted, live, open} = gateway;
  return {before, after: open.size, attempts: since(attempts), accepted: since(accepted), live: since(live)};
}

const newClient = (time, random, {WebSocket}) =>
  new UploadProgress({
    url: "wss://uploads.example.com/ws/upload-progress",
    getToken: () => "token",
    environment: {
      WebSocket,
      random,
      now: () => time.now,
      setTimeout: (run, ms) => time.setTimeout(run, ms),
      clearTimeout: (timer) => time.clearTimeout(timer),
      window: undefined,
      document: undefined,
      navigator: undefined,
    },
  });

const EVENTS = {
  drop: (gateway) => gateway.dropAll(),

  close(gateway, _, {disconnect}) {
    gateway.tell(disconnect);
    gateway.dropAll();
  },

  /** Client for client, in the order in which they connected. */
  warn(gateway, time, {warnings}) {
    [...gateway.open].forEach((one, number) => {
      const {afterMs, closesInMs} = warnings[number];
      time.setTimeout(() => {
        const closesAt = new Date(time.now + closesInMs).toISOString();
        one.onmessage?.({data: JSON.stringify({type: "warning", reason: "max_duration", closesAt})});
      }, afterMs);
    });
  },
};

process.stdout.write(JSON.stringify(await simulate(JSON.parse(readFileSync(0, "utf8")))));
