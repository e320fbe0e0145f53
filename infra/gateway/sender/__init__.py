"""The engine behind `ManagementApi`: many small signed requests to one host, as fast as the gateway allows.

    engine      what ManagementApi holds: a loop in a thread of its own, and calls that wait for it
    batch       the sends of one call, and what became of each
    dispatcher  gives queued sends to free connections, and decides what follows from each answer
    connections       the kept-alive connections to the gateway: kept, timed, given up; rounds and connector open them
    connection        one of them; answer_reader parses what comes back
    policy      which outcome is tried again, and when: pure
    signature   AWS Signature Version 4, with everything but the connection id prepared once
    clock       our clock, corrected by the gateway's

A connection is a user's WebSocket, in here too; what leads to the gateway is a connection.
"""
