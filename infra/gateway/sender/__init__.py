"""The engine behind `ManagementApi`: many small signed requests to one host, as fast as the gateway allows.

    engine           runs an event loop in a thread of its own; callers wait for it
    batch            the sends of one call, and their outcomes
    dispatcher       gives queued sends to free connections, and acts on each response
    pool             the kept-alive connections to the gateway; connect_rounds and connector open them
    connection       one of them; response_reader parses its responses
    retry_policy     decides which outcome is retried, and when: pure
    timeouts         the time limits, and the size of the pool
    sigv4            AWS Signature Version 4, with all but the connection id prepared once
    server_clock     the local clock, corrected by the gateway's

`connection_id` always means a user's WebSocket; HttpConnection leads to the gateway.
"""
