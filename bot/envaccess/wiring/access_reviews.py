"""What `envaccess review` works with: to look, the store; to change something, Slack and the policy, too."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from envaccess.application.access_reviews.close import Unfinished, close_as
from envaccess.application.access_reviews.judge import judge_as
from envaccess.application.access_reviews.start import WantedReview, open_review
from envaccess.application.ports.access_reviews import AccessReviews
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import AccessReview, Judged, Verdict
from envaccess.domain.audit import Actor
from envaccess.domain.errors import SettingsError
from envaccess.domain.refusal import Reason, Refusal
from envaccess.log import LogJournal
from envaccess.settings import Settings
from envaccess.store import health
from envaccess.store.runner import Runner
from envaccess.wiring.application import Base, join
from envaccess.wiring.operator import host_context, operator_actor
from envaccess.wiring.parts import (
    RandomIds,
    ask_identity,
    open_keyring,
    open_redis,
    open_slack,
    refuse_earlier,
    refuse_later,
)
from envaccess.wiring.seal_keys import open_seals
from envaccess.wiring.start_checks import check_settings
from envaccess.wiring.workspaces.meant import settings_meant


@dataclass(frozen=True, slots=True)
class AccessReviewTools:
    """Fits `cli.review.ReviewTools`.

    Attributes:
        context: what verbs act through; None where nothing is to be changed.
        audit: the audit channel's id.
    """

    team: str
    actor: Actor
    reviews: AccessReviews
    context: ServiceContext | None = None
    audit: str = ""

    def operation(self) -> str:
        """An operation id."""
        return RandomIds().operation()

    async def newest(self, review: str) -> AccessReview | None:
        """The review of this id; empty: the newest."""
        if review:
            return await self.reviews.get(review)
        return next(iter(await self.reviews.all(newest=1)), None)

    async def start(
        self, op: str, what: str, reviewers: tuple[str, ...], seconds: int
    ) -> AccessReview | Refusal:
        """Start one."""
        context = self._context()
        channels = (("approvers", context.rulebook.current.channel), ("audit", self.audit))
        return await open_review(context, op, self.actor, WantedReview(what, reviewers, seconds, channels))

    async def judge(
        self, op: str, review: AccessReview, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        """Judge items of it."""
        return await judge_as(self._context(), op, self.actor, review, verdicts, why)

    async def close(self, op: str, review: AccessReview) -> AccessReview | Refusal:
        """Close it, whatever is not judged."""
        closed = await close_as(self._context(), op, self.actor, review, sure=True)
        return Refusal(Reason.NO_ACCESS_REVIEW) if isinstance(closed, Unfinished) else closed

    def _context(self) -> ServiceContext:
        assert self.context is not None
        return self.context


@contextlib.asynccontextmanager
async def looking(settings: Settings, workspace: str) -> AsyncIterator[AccessReviewTools]:
    """To look: Slack need not answer.

    Raises:
        SettingsError: a setting is missing or wrong, or it is not clear which workspace is meant.
    """
    async with host_context(settings, workspace) as operator:
        yield AccessReviewTools(operator.team, operator.actor, operator.access_reviews)


@contextlib.asynccontextmanager
async def changing(given: Settings, workspace: str = "") -> AsyncIterator[AccessReviewTools]:
    """To change something: with the settings, the policy and the Slack that the bot has.

    Args:
        given: the settings as they were looked at.
        workspace: the one that is meant; empty where none is named.

    Raises:
        SettingsError: a setting is missing or wrong, or Slack did not say which workspace this is.
    """
    settings, granted = await settings_meant(given, workspace)
    serving, policy, _ = check_settings(settings)
    token = serving.bot_token.get_secret_value()
    async with open_redis(settings) as client, open_slack(settings, token) as slack:
        found = await ask_identity(slack)
        identity = replace(found, team=granted or found.team)
        runner = Runner(client, identity.team)
        await refuse_later(runner)
        if await health.is_restoring(runner):
            raise SettingsError("A restore is under way or did not finish: run `envaccess restore` again")
        await refuse_earlier(runner)
        keyring = await open_keyring(settings, client)
        seals = await open_seals(client, identity.team, identity.user, keyring)
        base = Base(settings, serving, client, slack, keyring, RandomIds(), LogJournal(), policy)
        application = join(base, identity, seals)
        try:
            yield AccessReviewTools(
                identity.team_name,
                operator_actor(settings),
                application.context.access_reviews,
                application.context,
                serving.audit_channel,
            )
        finally:
            await application.values.close()
            await application.directory.close()
