"""The weekly digest, joined: what it reads, where it goes, and the policy's part for what it suggests."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.signals.digest import Digest
from envaccess.domain.signals.digest_words import SUGGESTIONS_SHOWN
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.signals.weeks import USUAL
from envaccess.policy_file.file import read_file
from envaccess.policy_file.reading import read_policy
from envaccess.policy_file.rule_patch import rule_patch
from envaccess.projections.digest import WeeklyDigest
from envaccess.store.digests import RedisDigests
from envaccess.wiring.application import Application, Base


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
        lambda: USUAL,
        patch,
    )


def patch_for(path: Path | None, channel: str, suggested: Sequence[RuleSuggestion]) -> str:
    """What to add to the policy file; empty where there is nothing to add, or the file cannot be read.

    Args:
        path: the file; None for the built-in policy.
        channel: the approvers channel.
        suggested: what people always approve.
    """
    if not suggested:
        return ""
    if path is None:
        return rule_patch(None, built_in(channel), suggested)
    text = read_file(path, guarded=True)
    policy = read_policy(text, channel) if isinstance(text, str) else ()
    return rule_patch(text, policy, suggested) if isinstance(text, str) and isinstance(policy, Policy) else ""
