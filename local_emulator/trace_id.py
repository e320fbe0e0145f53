"""The X-Ray trace header.

Source: AWS X-Ray Developer Guide, "Tracing header".
"""

from __future__ import annotations

import random
import time


def new_root() -> str:
    """Returns the header of a request that no request before had."""
    return f"Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x}"


def new_trace_id() -> str:
    """Returns the header of an invocation that no call before had; nothing is sampled."""
    return f"{new_root()};Parent={random.getrandbits(64):016x};Sampled=0"
