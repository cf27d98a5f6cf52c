"""Pipelines: an identity token of their platform opens a session."""

from envaccess.application.people.machine_login import JobKey, exchange_token
from envaccess.application.people.sessions import Client
from envaccess.domain.receipt import clean_receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.pipeline_models import ExchangedInfo, MachineSessionInfo, TokenInput


async def exchange(api: ApiContext, asked: CheckedCall) -> Reply:
    """Exchange a token; the key that was proven is the one that the session is bound to."""
    body = asked.read(TokenInput, asked.body)
    if body.sign_key != asked.sign_key:
        return Refusal(Reason.BAD_PROOF)
    client = Client(
        body.sign_key, body.seal_key, clean_receipt(body.host, body.user, body.program, asked.address)
    )
    job = JobKey(body.job_key, body.job_signature) if body.job_key and body.job_signature else None
    opened = await exchange_token(api.verbs, api.tokens, api.url, body.subject_token, client, job)
    if isinstance(opened, Refusal):
        return opened
    left = max(0, opened.session.ends_at - api.verbs.clock.now()) // 1_000
    return Answered(
        201,
        ExchangedInfo(
            token=opened.token,
            principal=str(opened.session.principal),
            session=MachineSessionInfo(id=opened.session.id, ends_in=left),
            server_key=api.boxes.server_key,
            workspace=api.verbs.directory.workspace,
            workspace_name=api.workspace_name,
        ),
    )
