"""Reports the progress of an upload while it runs; never slows the transfer, and never makes it fail."""

from .counted_file import CountedFile
from .exit_hooks import ProcessTerminatedError
from .fsspec_callback import FsspecCallback
from .reporter import UploadReporter
from .senders import flush
from .targets import CallableTarget, LambdaTarget, NotSentError, SqsTarget, Target
from .transfer_subscriber import TransferSubscriber
from .updates import Status, Update, UploadError

__all__ = [
    "CallableTarget",
    "CountedFile",
    "FsspecCallback",
    "LambdaTarget",
    "NotSentError",
    "ProcessTerminatedError",
    "SqsTarget",
    "Status",
    "Target",
    "TransferSubscriber",
    "Update",
    "UploadError",
    "UploadReporter",
    "flush",
]
