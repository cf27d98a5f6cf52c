"""The weekly digest, joined: what it reads, where it goes, and the policy's part for what it suggests."""

import asyncio

from envaccess.domain.signals.digest import Digest
from envaccess.domain.signals.digest_words import SUGGESTIONS_SHOWN
from envaccess.projections.digest import WeeklyDigest
from envaccess.store.digests import RedisDigests
from envaccess.wiring.application import Application, Base
from envaccess.wiring.policy_tools import patch_for


def weekly_digest(base: Base, application: Application) -> WeeklyDigest:
    """What posts the digest of a workspace."""
    outbox, channel = application.outbox, base.serving.approvers_channel

    async def now() -> int:
        return (await application.cursors.all())[0]

    async def patch(digest: Digest) -> str:
        suggested = digest.suggestions[:SUGGESTIONS_SHOWN]
        return await asyncio.to_thread(patch_for, base.settings.policy_file, channel, suggested)

    return WeeklyDigest(
        outbox,
        RedisDigests(application.runner, outbox.token),
        application.trail,
        application.messages,
        base.journal,
        application.rate_gate,
        base.serving.audit_channel,
        now,
        lambda: application.context.rulebook.current.signals,
        patch,
        application.context.alerts.open,
    )
