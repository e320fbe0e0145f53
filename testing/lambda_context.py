"""What Lambda gives a function besides its event."""


class Context:
    """With as much time left as the test wants."""

    function_name = "SweepFunction"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:push"

    def __init__(self, remaining_ms: int = 55_000) -> None:
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms
