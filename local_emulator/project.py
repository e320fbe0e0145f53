"""Reads the deployment of a project from its template and the values that its settings give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from local_emulator.activity_log import Journal
from local_emulator.deployment import Deployment
from local_emulator.settings import Settings
from local_emulator.template.code_folders import CodeFolders
from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.environment_file import with_environment_file
from local_emulator.template.reader import read_template
from local_emulator.template.samconfig import samconfig_parameters, samconfig_path
from local_emulator.template.template_free import deployment_of_routes

EMULATOR_URL = "{emulator_url}"  # in the value of a parameter; with --port 0, the port is not known before the start


class StrictTemplateError(InvalidTemplateError):
    """A template with parts that are not emulated, which `--strict` refuses; its text has a line for each."""

    def __init__(self, path: Path, notices: Sequence[str]) -> None:
        super().__init__(Location(path), f"not emulated as in AWS, so --strict refuses it ({len(notices)}):")
        self.notices = notices

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {notice}" for notice in self.notices)])


class Project:
    """The files of a project. `read` may be called again after they have changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._code_folders = CodeFolders()
        self._sources: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that `read` depends on, nested templates too, whether they exist or not."""
        settings = self._settings
        if settings.routes:
            return ()
        templates = (settings.template, *settings.more_templates.values(), *self._sources)
        others = [samconfig_path(settings.template), *([settings.env_vars] if settings.env_vars else [])]
        return tuple(dict.fromkeys((*templates, *others)))

    def read(self) -> Deployment:
        """Returns the deployment, with inline code and archives in folders. Raises InvalidTemplateError."""
        deployment = self._deployment()
        if self._settings.env_vars is not None:
            deployment = with_environment_file(deployment, self._settings.env_vars)
        self._sources = deployment.sources
        if self._settings.strict and deployment.notices:
            raise StrictTemplateError(deployment.path, deployment.notices)
        return self._code_folders.written_out(deployment)

    def _deployment(self) -> Deployment:
        settings = self._settings
        if settings.routes:
            return deployment_of_routes(
                settings.routes, settings.variables, settings.region, settings.api_ids, settings.tables
            )
        return read_template(
            settings.template,
            self._with_url(settings.parameters),
            defaults=self._with_url(samconfig_parameters(samconfig_path(settings.template), settings.config_env)),
            region=settings.region,
            exports=settings.exports,
            sqs_url=settings.aws_url,
            code=settings.code,
            api_ids=settings.api_ids,
            allowed_hosts=settings.allowed_hosts,
            more=settings.more_templates,
            stack_name=settings.stack_name,
            tables=settings.tables,
        )

    def _with_url(self, parameters: Mapping[str, str]) -> dict[str, str]:
        return {name: value.replace(EMULATOR_URL, self._settings.url) for name, value in parameters.items()}

    async def follow_archives(self, journal: Journal) -> None:
        """Unpacks archives of code again when they change, until it is cancelled."""
        await self._code_folders.follow(journal)

    def remove_folders(self) -> None:
        """Removes the folders of inline code and archives."""
        self._code_folders.remove()
