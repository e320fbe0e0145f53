"""The function that a request to Lambda's API names."""

from __future__ import annotations

from local_emulator.awslambda import errors
from local_emulator.awslambda.function_name import InvalidFunctionNameError, parse_function_name
from local_emulator.awslambda.functions import Functions, UnknownFunctionError
from local_emulator.deployment import Deployment, Function


def find_function(functions: Functions, deployment: Deployment, name: str) -> Function:
    """Returns the function by any form of its name. Raises RefusedRequestError as Lambda refuses the name."""
    try:
        return functions.find(name)
    except InvalidFunctionNameError as invalid:
        raise errors.invalid_function_name(invalid.value, invalid.constraint) from None
    except UnknownFunctionError:
        arn = parse_function_name(name).arn(deployment.region, deployment.account_id)
        raise errors.unknown_function(arn) from None
