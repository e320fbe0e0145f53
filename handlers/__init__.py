"""One module per Lambda function, each with `handler(event, context)`.

| module | called by | answers |
|---|---|---|
| authorizer | the gateway, before `$connect` | Allow with the user's id, Deny (403), or "Unauthorized" (401) |
| connect | the gateway, `$connect` | 200, and our subprotocol if it was offered |
| disconnect | the gateway, `$disconnect` | nothing that anybody hears |
| default | the gateway, every client message | 200; the answer itself is sent through the management API |
| push | upload pipelines, ProgressQueue, EventBridge | counts, and what was wrong with each invalid item |
| sweep | a schedule, every minute | how often each thing was done |
"""
