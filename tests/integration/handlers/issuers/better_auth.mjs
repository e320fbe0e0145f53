// Signs a user up at better-auth with the plugin jwt at its defaults, and prints the token of /api/auth/token.
import {createServer} from "node:http";
import {betterAuth} from "better-auth";
import {memoryAdapter} from "better-auth/adapters/memory";
import {toNodeHandler} from "better-auth/node";
import {jwt} from "better-auth/plugins";

const server = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const baseURL = `http://127.0.0.1:${server.address().port}`;
const auth = betterAuth({
  baseURL,
  secret: "a secret of thirty-two characters, or more",
  database: memoryAdapter({user: [], session: [], account: [], verification: [], jwks: []}),
  emailAndPassword: {enabled: true},
  plugins: [jwt()],
  telemetry: {enabled: false},
});
server.on("request", toNodeHandler(auth));

const headers = {"content-type": "application/json", origin: baseURL};
const body = JSON.stringify({email: "alice@example.com", password: "a long password", name: "Alice"});
const signedUp = await fetch(`${baseURL}/api/auth/sign-up/email`, {method: "POST", headers, body});
const cookie = signedUp.headers
  .getSetCookie()
  .map((text) => text.split(";")[0])
  .join("; ");
const {token} = await (await fetch(`${baseURL}/api/auth/token`, {headers: {cookie}})).json();
console.log(
  JSON.stringify({
    parameters: {JwtIssuer: baseURL, JwksUrl: `${baseURL}/api/auth/jwks`, JwtAudience: baseURL},
    user: (await signedUp.json()).user.id,
    access: token,
    refused: {},
  }),
);
process.stdin.resume().on("end", () => process.exit());
