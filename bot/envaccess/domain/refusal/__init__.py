"""Refusals: why (`reason`), and what each says in plain words (`words`)."""

from envaccess.domain.refusal.reason import AUDITED, Reason, Refusal

__all__ = ["AUDITED", "Reason", "Refusal"]
