"""One module per Lambda function, each with `handler(event, context)`.

| module | called by | answers |
|---|---|---|
| authorizer | the gateway, before `$connect` | Allow with the user's id, Deny (403), or "Unauthorized" (401) |
| connect | the gateway, `$connect` | 200, and the subprotocol if it was offered |
| disconnect | the gateway, `$disconnect` | 200, which the gateway ignores |
| default | the gateway, every client message | 200; the answer itself is sent through the management API |
| push | upload pipelines, ProgressQueue, EventBridge | counts, and the error of each invalid item |
| sweep | a schedule, every minute | the count of each action |
"""
