// Leads connections to the hosts of APIs to the emulator, below any client: every TCP connection of Node, also those of
// TLS and of the global fetch, begins here. Bundled code has its SDK inside, so `@aws-sdk/*` is not the place.

import net from "node:net";

// Documented: {api-id}.execute-api.{region}.{suffix}, and {url-id}.lambda-url.{region}.on.aws.
// SDKs put the prefix of some actions before the host, such as `sync-` of StartSyncExecution, also before an address.
const PREFIXED = /^[a-z][a-z0-9.-]*[.-]127\.0\.0\.1$/i;
// Services that AWS's SDK of version 2 calls, which does not know AWS_ENDPOINT_URL.
const SERVICE =
  /^(?:[a-z0-9.-]+\.)?(?:cognito-idp|dynamodb|events|kms|lambda|logs|s3|scheduler|secretsmanager|sns|sqs|ssm|states|sts)(?:[.-][a-z0-9-]+)?\.amazonaws\.com$/i;
const HOST =
  /^[^.]+\.(?:execute-api\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)|lambda-url\.[a-z0-9-]+\.on\.aws)$/i;

/** Covers every connection made from now on. `port` is that of a TLS server on loopback; null changes nothing. */
export function redirect(port) {
  if (port === null) return;
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    // Options; or port and host; or, from net and tls, a list of options and callback that Node has marked as its own.
    const options = Array.isArray(given[0]) ? given[0][0] : given[0];
    const host = typeof options === "object" ? options?.host : given[1];
    if (PREFIXED.test(host) && typeof options === "object") {
      options.host = "127.0.0.1";
      return connect.apply(this, given);
    }
    if (!HOST.test(host) && !SERVICE.test(host)) return connect.apply(this, given);
    const led = { ...(typeof options === "object" ? options : {}), host: "127.0.0.1", port };
    if (Array.isArray(given[0])) given[0][0] = led;
    else given = [led, given.find((one) => typeof one === "function")];
    return connect.apply(this, given);
  };
}
