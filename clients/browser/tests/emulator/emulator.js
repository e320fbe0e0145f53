/** The emulator in a process of its own, running the repository's template; and its tables, sweep and push. */

import {spawn} from "node:child_process";
import {once} from "node:events";
import {createServer} from "node:net";
import {fileURLToPath} from "node:url";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? `${ROOT}.venv/bin/python`;
const SWEEP = "SweepFunctionEveryMinute";
/** DynamoDB and Lambda ask for a signature; the emulator's do not look at it. */
const SIGNED =
  "AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

class Emulator {
  #process;
  #said = "";

  async start() {
    this.port = await freePort();
    this.awsPort = await freePort();
    const issuer = `http://localhost:${this.port}/_emulator/identity`;
    const parameters = [`JwtIssuer=${issuer}`, "JwtAudience=upload-progress", `JwksUrl=${issuer}/jwks.json`];
    const ports = ["--port", this.port, "--aws-port", this.awsPort, "--no-schedules"];
    const given = parameters.flatMap((parameter) => ["--parameter", parameter]);
    this.#process = spawn(PYTHON, ["-m", "local_emulator", ...ports, ...given], {cwd: ROOT});
    // The runner ends a file that takes too long; the emulator must not outlive it.
    process.once("SIGTERM", () => process.exit(this.#process.kill() ? 1 : 2));
    for (const said of [this.#process.stdout, this.#process.stderr]) said.on("data", (text) => (this.#said += text));
    while (!(await this.#healthy())) await new Promise((resolve) => setTimeout(resolve, 50));
    return this;
  }

  async stop() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill();
    await once(this.#process, "exit");
  }

  get url() {
    return `ws://localhost:${this.port}/ws/upload-progress`;
  }

  async token(user, lifetimeSeconds = 3600) {
    return (await this.#post("/_emulator/identity/token", {user, lifetimeSeconds})).token;
  }

  /** Run the sweep now, as its schedule does once a minute; answers what it did. */
  async sweep() {
    const {failed, result} = await this.#post(`/_emulator/schedules/${SWEEP}`);
    if (failed) throw new Error(`the sweep failed: ${JSON.stringify(result)}`);
    return result;
  }

  /** Invoke the push function with an update, a list or a disconnect. */
  push(event) {
    return this.#post("/2015-03-31/functions/PushFunction/invocations", event);
  }

  /** The rows of a user's connections; numbers and texts alone. */
  async connections(user) {
    const {Items} = await this.#dynamodb("Query", {
      KeyConditionExpression: "userId = :user",
      ExpressionAttributeValues: {":user": {S: user}},
      ConsistentRead: true,
    });
    return Items.map((item) =>
      Object.fromEntries(Object.entries(item).map(([name, {N, S}]) => [name, N ? Number(N) : S])),
    );
  }

  /** Make moments of a connection so many milliseconds earlier, and the connection due: its time passes. */
  async age({userId, connectionId, ...row}, ms, ...moments) {
    const earlier = moments.map((name) => [name, row[name] - ms]);
    const values = [...earlier, ["dueAt", 1]];
    await this.#dynamodb("UpdateItem", {
      Key: {userId: {S: userId}, connectionId: {S: connectionId}},
      UpdateExpression: `SET ${values.map(([name], index) => `${name} = :v${index}`).join(", ")}`,
      ExpressionAttributeValues: Object.fromEntries(values.map(([, value], index) => [`:v${index}`, {N: `${value}`}])),
    });
  }

  /** Make the warnings of a connection so many milliseconds earlier. */
  async ageWarning({userId, connectionId}, reason, ms) {
    await this.#dynamodb("UpdateItem", {
      Key: {userId: {S: userId}, connectionId: {S: connectionId}},
      UpdateExpression: "SET warnedAt.#reason = warnedAt.#reason - :ms, dueAt = :now",
      ExpressionAttributeNames: {"#reason": reason},
      ExpressionAttributeValues: {":ms": {N: `${ms}`}, ":now": {N: "1"}},
    });
  }

  /** Lose the row of a connection, as an operator's mistake would. */
  async forget({userId, connectionId}) {
    await this.#dynamodb("DeleteItem", {Key: {userId: {S: userId}, connectionId: {S: connectionId}}});
  }

  async #dynamodb(operation, request) {
    const answer = await fetch(`http://localhost:${this.awsPort}/`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": `DynamoDB_20120810.${operation}`,
        Authorization: SIGNED,
      },
      body: JSON.stringify({TableName: "local-ConnectionsTable", ...request}),
    });
    if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`);
    return answer.json();
  }

  async #post(path, body) {
    const answer = await fetch(`http://localhost:${this.port}${path}`, {
      method: "POST",
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async #healthy() {
    if (this.#process.exitCode !== null) throw new Error(`the emulator did not start:\n${this.#said}`);
    const answer = await fetch(`http://localhost:${this.port}/_emulator/health`).catch(() => undefined);
    return answer?.ok;
  }
}

/** One for all tests: each has a user of its own. */
export const emulator = new Emulator();

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const {port} = server.address();
  server.close();
  return port;
}
