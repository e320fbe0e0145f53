"""The X-Ray trace header of an invocation.

Source: AWS X-Ray Developer Guide, "Tracing header".
"""

from __future__ import annotations

import random
import time


def new_trace_id() -> str:
    """Returns a header that no call before had; nothing is sampled."""
    root, parent = random.getrandbits(96), random.getrandbits(64)
    return f"Root=1-{int(time.time()):08x}-{root:024x};Parent={parent:016x};Sampled=0"
