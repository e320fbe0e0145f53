// Signs a user in at oidc-provider by the code flow, through its development pages, and prints her tokens.
import {createHash, generateKeyPairSync, randomBytes} from "node:crypto";
import {createServer} from "node:http";
import {Provider} from "oidc-provider";

const API = "https://uploads.example.com";
const CALLBACK = "https://app.example.com/callback";
const server = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const key = generateKeyPairSync("rsa", {modulusLength: 2048}).privateKey.export({format: "jwk"});

const provider = new Provider(issuer, {
  clients: [{client_id: "page", client_secret: "not-secret", redirect_uris: [CALLBACK]}],
  cookies: {keys: [randomBytes(16).toString("hex")]},
  jwks: {keys: [{...key, alg: "RS256", use: "sig"}]},
  features: {
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({scope: "uploads", audience: API, accessTokenFormat: "jwt"}),
      useGrantedResource: () => true,
    },
  },
});
server.on("request", provider.callback());

const cookies = new Map();

async function request(url, form) {
  const answer = await fetch(new URL(url, issuer), {
    method: form ? "POST" : "GET",
    body: form && new URLSearchParams(form),
    headers: {cookie: [...cookies].map((pair) => pair.join("=")).join("; ")},
    redirect: "manual",
  });
  for (const cookie of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    cookies.set(name, value);
  }
  return answer;
}

async function code(verifier, more) {
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const asked = {client_id: "page", response_type: "code", redirect_uri: CALLBACK, code_challenge: challenge};
  let url = `/auth?${new URLSearchParams({...asked, code_challenge_method: "S256", ...more})}`;
  for (let step = 0; step < 20 && !url.startsWith(CALLBACK); step++) {
    let answer = await request(url);
    if (answer.status === 200) {
      const prompt = /name="prompt" value="(\w+)"/.exec(await answer.text())[1];
      answer = await request(url, {prompt, login: "alice@example.com", password: "any"});
    }
    url = answer.headers.get("location");
  }
  return new URL(url).searchParams.get("code");
}

async function tokens(more) {
  const verifier = randomBytes(32).toString("base64url");
  const form = {grant_type: "authorization_code", redirect_uri: CALLBACK, code_verifier: verifier};
  const client = {client_id: "page", client_secret: "not-secret"};
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: {authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}`},
    body: new URLSearchParams({...form, code: await code(verifier, more)}),
  });
  return answer.json();
}

const plain = await tokens({scope: "openid"});
const forApi = await tokens({scope: "openid uploads", resource: API});
console.log(
  JSON.stringify({
    parameters: {JwtIssuer: issuer, JwksUrl: `${issuer}/jwks`, JwtAudience: API},
    user: "alice@example.com",
    access: forApi.access_token,
    refused: {opaque: plain.access_token, wrong_audience: plain.id_token},
  }),
);
process.stdin.resume().on("end", () => process.exit());
