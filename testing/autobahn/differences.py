"""The cases that API Gateway's limits decide. RFC 6455 has no limits and allows binary frames.

The first difference that names a case counts.
"""

from __future__ import annotations

from testing.autobahn.judgement import Difference

DIFFERENCES = (
    Difference("1.1.[678] 9.1.* 9.3.[6789] 9.5.*", 1009, "frame-too-large", "text in a frame over 32 KB"),
    Difference(
        "1.2.[678] 9.2.* 9.4.[6789] 9.6.* 12.[25].9 12.[235].10",
        1009,
        "frame-too-large",
        "binary in a frame over 32 KB, compressed in section 12",
    ),
    # The messages of 12.4 have 131,072 characters, which are more bytes in UTF-8.
    Difference("9.3.[12345] 12.4.10 12.4.1[5678]", 1009, "message-too-large", "text over 128 KB in smaller frames"),
    Difference("1.2.[12345] 9.4.[12345] 9.8.* 12.[235].*", 1003, "binary", "binary in frames of up to 32 KB"),
)
