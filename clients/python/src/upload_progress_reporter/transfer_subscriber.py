"""A subscriber for s3transfer's TransferManager, which gets more than a callback: queue, size and end."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .reporter import UploadReporter


class TransferSubscriber:
    """Reports a transfer from its queue to its end, without a `with` block.

    Shaped as `s3transfer.subscribers.BaseSubscriber`, whose methods get the future and further keywords; it
    does not inherit from it, so that the package does not need boto3.
    """

    def __init__(self, report: "UploadReporter", *, ends: bool) -> None:
        self._report, self._ends = report, ends

    def on_queued(self, future: Any, **kwargs: Any) -> None:
        """Reports that the transfer waits for its turn."""
        self._report.queued()

    def on_progress(self, future: Any, bytes_transferred: int, **kwargs: Any) -> None:
        """Records the delta; s3transfer knows the size by now, which is the upload's if the transfer ends it."""
        if self._ends:
            self._report.learn_total(_size(future))
        self._report(bytes_transferred)

    def on_done(self, future: Any, **kwargs: Any) -> None:
        """Reports the end; the future is done, so its result does not wait."""
        if not self._ends:
            return
        try:
            future.result()
        except BaseException as error:  # a cancelled transfer raises what it was cancelled with
            self._report.ended_by(error)
        else:
            if _size(future) == 0:
                self._report.learn_empty()  # s3transfer measured it; a size that it does not know is None
            self._report.succeeded()


def _size(future: Any) -> Any:
    return getattr(getattr(future, "meta", None), "size", None)
