"""What Lambda answers for a function whose handler cannot be imported."""

from __future__ import annotations

from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import json_of


def import_failure(handler: str, raised: BaseException, request_id: str) -> Outcome:
    """The error object of Lambda's Python runtime for a failed initialisation, told by what the import raised."""
    module, _, attribute = handler.rpartition(".")
    stack: list[str] = []
    if not module:
        kind, message = "Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack"
    elif isinstance(raised, ImportError):
        kind, message = "Runtime.ImportModuleError", f"Unable to import module '{module}': {raised}"
    elif isinstance(raised, SyntaxError):
        kind, message = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {raised}"
        stack = [f'  File "{raised.filename}" Line {raised.lineno}\n    {raised.text}']
    elif isinstance(raised, AttributeError) and raised.name == attribute:
        kind, message = "Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module}'"
    else:
        kind, message = type(raised).__name__, str(raised)
    error = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}
    return Outcome(json_of(error), failed=True)
