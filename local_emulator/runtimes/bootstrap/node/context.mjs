// The context that a handler gets. The two behaviours have their keys in different orders.

/** Returns what the environment tells of the function. */
export function ofEnvironment(env = process.env) {
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, // a string
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

/** Returns what the headers of `next` tell of an event. Raises SyntaxError for a header that should be JSON. */
export function ofHeaders(headers, withTrace) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const trace = headers["lambda-runtime-trace-id"];
  return {
    clientContext: parsed(headers["lambda-runtime-client-context"]),
    identity: parsed(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    ...(withTrace && { xRayTraceId: trace }),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Sets _X_AMZN_TRACE_ID to the event's, or removes it. */
export function setTrace(headers) {
  const trace = headers["lambda-runtime-trace-id"];
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
}

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}
