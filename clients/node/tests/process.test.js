/** The end of a process: what was reported leaves first, and nothing keeps the process alive. */

import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {test} from "node:test";

const PROLOGUE = `
import {UploadReporter, flush} from ${JSON.stringify(new URL("../src/index.js", import.meta.url).href)};
const told = (update) => console.log(update.status + (update.error ? " " + update.error.code : ""));
const target = (updates) => updates.forEach(told);
const options = {userId: "alice", uploadId: "u1", fileName: "film.mp4", bytesTotal: 1000, target};
`;

/** Runs a program, and sends it `signal` once it has printed `ready`; returns its lines and its end. */
async function run(program, signal) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROLOGUE + program], {timeout: 20_000});
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk) => (err += chunk));
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (signal && out.includes("ready") && !child.killed) child.kill(signal);
  });
  const [code, killedBy] = await once(child, "close");
  return {lines: out.trim().split("\n"), err, code, killedBy};
}

test("a process ends although an upload is open, and its last status has left", async () => {
  const {lines, err, code} = await run(`const report = new UploadReporter(options); report.add(10); report.paused();`);
  assert.deepEqual([lines, err, code], [["uploading", "paused"], "", 0]);
});

for (const [use, first] of [
  ["first", ""],
  ["again", "new UploadReporter(options).queued();"],
]) {
  test(`an upload at beforeExit has left when the reporter is used there ${use}`, async () => {
    const {lines, err, code} = await run(
      `options.target = async (updates) => { await new Promise((resolve) => setTimeout(resolve, 20)); updates.forEach(told); };
       ${first} process.once("beforeExit", () => new UploadReporter({...options, uploadId: "log"}).completed());`,
    );
    assert.deepEqual([lines.at(-1), err, code], ["completed", "", 0]);
  });
}

test("a process that goes on after its upload ends without delay", async () => {
  const {lines, code} = await run(`await new UploadReporter(options).run(() => {});`);
  assert.deepEqual([lines, code], [["uploading", "completed"], 0]);
});

test("a dead target does not keep a process alive for long", async () => {
  const {code, err} = await run(
    `new UploadReporter({...options, target: () => Promise.reject(new Error("down"))}).completed();`,
  );
  assert.equal(code, 0);
  assert.match(err, /ends before 1 updates? ha/);
});

test("process.exit loses what waits, and says so; flush before it does not", async () => {
  const lost = await run(`new UploadReporter(options).completed(); process.exit(3);`);
  assert.deepEqual([lost.lines, lost.code], [[""], 3]);
  assert.match(lost.err, /ends before 1 update/);
  const kept = await run(`new UploadReporter(options).completed(); console.log(await flush()); process.exit(3);`);
  assert.deepEqual([kept.lines, kept.err, kept.code], [["completed", "true"], "", 3]);
});

const OPEN = `await new UploadReporter(options).run(() => { console.log("ready"); return new Promise((resolve) => setTimeout(resolve, 15_000)); });`;

for (const signal of ["SIGTERM", "SIGHUP"]) {
  test(`${signal} ends open uploads as failed, delivers, and ends the process by the signal`, async () => {
    const {lines, killedBy} = await run(OPEN, signal);
    assert.deepEqual([lines.at(-1), killedBy], ["failed ProcessTerminatedError", signal]);
  });
}

test("Ctrl-C cancels open uploads", async () => {
  const {lines, killedBy} = await run(OPEN, "SIGINT");
  assert.deepEqual([lines.at(-1), killedBy], ["canceled", "SIGINT"]);
});

for (const [when, program] of [
  ["before", `process.on("SIGTERM", end); const run = new UploadReporter(options).run(work);`],
  ["after", `const run = new UploadReporter(options).run(work); process.on("SIGTERM", end);`],
]) {
  test(`a handler of SIGTERM that was set ${when} the reporter decides alone`, async () => {
    const {lines, code} = await run(
      `let end; const done = new Promise((resolve) => (end = resolve));
       const work = async () => { console.log("ready"); const keep = setInterval(() => {}, 100);
         await done; clearInterval(keep); };
       ${program} await run; process.exitCode = 7;`,
      "SIGTERM",
    );
    assert.deepEqual([lines.at(-1), code], ["completed", 7]);
  });
}

test("a reporter that is forgotten sends its last count, and signs of life end", async () => {
  const {lines} = await run(`
    const seen = []; options.signOfLifeMs = 1000; options.target = (updates) => seen.push(...updates);
    (() => { const report = new UploadReporter(options); report.add(10); })();
    await new Promise((resolve) => setTimeout(resolve, 300)); // until the first updates have left
    const {setFlagsFromString} = await import("node:v8"); setFlagsFromString("--expose-gc");
    const gc = (await import("node:vm")).runInNewContext("gc");
    for (let round = 0; round < 10; round += 1) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
    const before = seen.length; await new Promise((resolve) => setTimeout(resolve, 1500));
    console.log(seen.length - before);`);
  assert.deepEqual(lines, ["0"]);
});
