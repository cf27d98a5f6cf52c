"""The API, joined: only a process whose ENVACCESS_API_URL is set loads it."""

import time
from functools import partial

from envaccess import __version__
from envaccess.http.api.context import ApiContext
from envaccess.http.api.dispatch import Api
from envaccess.http.api.intake import ApiIntake
from envaccess.http.jwks import IssuerKeys
from envaccess.identity.boxes import ClientBoxes
from envaccess.identity.pipeline_tokens import PipelineTokens
from envaccess.log import LogJournal
from envaccess.projections import workers
from envaccess.projections.changes import Changes
from envaccess.projections.workers import Loop
from envaccess.settings import Settings
from envaccess.wiring.application import Application


def serve_api(settings: Settings, application: Application, intake: ApiIntake) -> Loop:
    """Let the intake answer; returns the loop that wakes whoever waits for a change."""
    assert settings.api_url
    changes = Changes(application.trail)
    context = ApiContext(
        verbs=application.context,
        authenticator=application.authenticator,
        watches=changes,
        url=settings.api_url,
        boxes=ClientBoxes(application.server_key),
        server_version=__version__,
        workspace_name=application.directory.workspace_name,
        tokens=PipelineTokens(IssuerKeys(time.monotonic)),
    )
    api = Api(context, time.monotonic, settings.trusted_proxies)
    intake.handler, intake.wake = api.take, changes.close
    return partial(workers.keep_on, "changes", LogJournal(), changes.step)
