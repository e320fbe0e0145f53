"""`apigw-emulator validate`: reads a template, and names what is not emulated; runs nothing."""

from __future__ import annotations

import os
import sys

from local_emulator.cli.run_arguments import read_arguments
from local_emulator.project import Project
from local_emulator.template.reader import InvalidTemplateError


def main(arguments: list[str]) -> int:
    """Prints a line for each notice. Takes the options of a run. Returns 0, or 2 for a refused template."""
    settings = read_arguments(arguments, os.environ, "validate")
    project = Project(settings)
    try:
        deployment = project.read()
    except InvalidTemplateError as problem:
        print(f"apigw-emulator validate: {problem}", file=sys.stderr)
        return 2
    finally:
        project.remove_folders()
    for notice in deployment.notices:
        print(notice)
    stages = ", ".join(f"{api.logical_id}/{api.stage_name}" for api in deployment.apis)
    print(f"{deployment.path} runs: {len(deployment.functions)} functions, stages {stages}")
    return 0
