"""Lambda: functions, invocations and the Invoke API."""
