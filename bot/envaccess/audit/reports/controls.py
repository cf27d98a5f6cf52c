"""Which control of which framework is met, how far, and where its evidence is: said as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from envaccess.audit.reports.table import ReportTable, TableColumn

CONTROLS: Final = ReportTable(
    "controls",
    "Controls",
    "How far envaccess meets each control, for the variables that are kept in it and for nothing else: "
    "Default is how it is "
    "installed; Opt-in needs a setting or the policy file; Partial is a part of the control, and says "
    "which part is missing.",
    (
        TableColumn("framework", "Framework"),
        TableColumn("control", "Control"),
        TableColumn("mark", "Met"),
        TableColumn("how", "How, and what not", wide=True),
        TableColumn("evidence", "Where the evidence is", wide=True),
    ),
)


class Coverage(StrEnum):
    """How far a control is met."""

    DEFAULT = "Default"
    OPT_IN = "Opt-in"
    PARTIAL = "Partial"
    NOT_COVERED = "Not covered"


@dataclass(frozen=True, slots=True)
class FrameworkControl:
    """One control.

    Attributes:
        how: what envaccess does for it, and what it does not.
        evidence: files of the report, or what else to look at.
    """

    framework: str
    control: str
    mark: Coverage
    how: str
    evidence: str


_D, _O, _P, _N = Coverage.DEFAULT, Coverage.OPT_IN, Coverage.PARTIAL, Coverage.NOT_COVERED
_SOC, _ISO, _GDPR = "SOC 2 (TSC 2017)", "ISO/IEC 27001:2022", "GDPR"

LIST: Final = (
    FrameworkControl(
        _SOC, "CC6.1 Logical access", _D,
        "A value is sealed at rest and leaves only under a grant that was asked for, allowed and has an "
        "end. Whoever "
        "holds the master keys and the store reads every value: that access is outside of this.",
        "access, population; operations (secret.read)",
    ),
    FrameworkControl(
        _SOC, "CC6.2 Registration and authorisation of users", _P,
        "Each access is authorised one by one, and whoever is deactivated in Slack gets nothing more. "
        "Who gets an account, "
        "and when it is taken away, is Slack's or your identity provider's.",
        "access, decisions, refusals; your identity provider's records",
    ),
    FrameworkControl(
        _SOC, "CC6.3 Least privilege, segregation of duties", _D,
        "Access ends by itself, and nobody decides their own request. Roles need the policy file; that "
        "somebody looks at "
        "the rules from time to time needs access reviews (Opt-in).",
        "access, duties, exceptions, policy_history, access_reviews",
    ),
    FrameworkControl(
        _SOC, "CC7.2 Monitoring for anomalies", _P,
        "What is unusual in requests and uses of variables is told to approvers and the audit channel; "
        "events go to a SIEM where "
        "sinks are set (Opt-in). Nothing else of your systems is watched.",
        "alerts, refusals, incidents",
    ),
    FrameworkControl(
        _SOC, "CC7.3 Evaluation of security events", _P,
        "Alerts have a disposition by somebody, and emergencies a review. What happens after that is "
        "your incident "
        "process.",
        "alerts, emergencies; your incident records",
    ),
    FrameworkControl(
        _SOC, "CC8.1 Change management", _P,
        "Each policy that held is here with its digest and what changed. Who wrote and approved the "
        "change is in the "
        "repository of the policy file.",
        "policy_history; the repository's reviews",
    ),
    FrameworkControl(
        _ISO, "A.5.3 Segregation of duties", _D,
        "Nobody decides their own request, in any step, by any duty or program; nobody reviews their own "
        "emergency. Two people who "
        "agree to approve each other are not stopped, and are shown.",
        "duties, exceptions, pairs",
    ),
    FrameworkControl(
        _ISO, "A.5.15 Access control", _O,
        "Rules say who may ask for what and who decides. The built-in policy lets every full member ask "
        "for everything.",
        "policy_history, administrators; the policy file",
    ),
    FrameworkControl(
        _ISO, "A.5.16 Identity management", _P,
        "Every actor is a person, a machine or an agent with a person behind it. People's identities are "
        "Slack's.",
        "access_by_person; your identity provider's records",
    ),
    FrameworkControl(
        _ISO, "A.5.17 Authentication information", _P,
        "Secrets are kept sealed and handed over for a time. What was seen is not changed by envaccess: "
        "rotate it yourself.",
        "access (uses), operations (secret.changed)",
    ),
    FrameworkControl(
        _ISO, "A.5.18 Access rights", _D,
        "Rights are asked for, allowed, and end by their time, also when somebody leaves. The periodical "
        "review of the rules is "
        "Opt-in (access reviews).",
        "access, access_by_person, access_by_variable, access_reviews",
    ),
    FrameworkControl(
        _ISO, "A.8.2 Privileged access rights", _P,
        "Access to production variables is for a time, and an emergency is reviewed. Administrators of "
        "the bot's host and of Slack "
        "are not restrained by it, only shown where they used a command.",
        "administrators, operations, emergencies",
    ),
    FrameworkControl(
        _ISO, "A.8.3 Information access restriction", _D,
        "No value without a grant that lives: checked when it is handed over, in one step with its event.",
        "access, refusals, population",
    ),
    FrameworkControl(
        _ISO, "A.8.5 Secure authentication", _P,
        "Slack signs people in. Terminals' sessions are bound to a key; a press in Slack for each "
        "release is Opt-in "
        "(tap: true); pipelines prove themselves by signed tokens.",
        "population (session.*, grant.tapped); Slack's settings",
    ),
    FrameworkControl(
        _ISO, "A.8.15 Logging", _D,
        "No change without its event in the same step; events are sealed in a tree, and whoever has a "
        "signed head sees later changes. A "
        "head kept outside of Redis and of the bot's host is yours to keep.",
        "population, manifest.json (both heads)",
    ),
    FrameworkControl(
        _ISO, "A.8.16 Monitoring activities", _P,
        "Unusual requests are told (by default), and all events can go to a SIEM (Opt-in). Networks and "
        "hosts are not watched.",
        "alerts, incidents",
    ),
    FrameworkControl(
        _GDPR, "Art. 5(1)(e) Storage limitation", _D,
        "Events go after the time that ENVACCESS_RETENTION says, 400 days unless it is set; what people "
        "typed two days later at most. Archives, SIEMs, Slack, backups and this report keep what they have: "
        "their retention is yours.",
        "incidents (audit.redacted); your retention schedule",
    ),
    FrameworkControl(
        _GDPR, "Art. 5(1)(f) Integrity and confidentiality", _D,
        "Values are sealed; events cannot be changed unnoticed.",
        "manifest.json, population, duties",
    ),
    FrameworkControl(
        _GDPR, "Art. 25 Data protection by design and by default", _P,
        "What people type lies apart from the events and can be taken away while every proof holds. "
        "Events name people by their Slack ids for as "
        "long as they are kept.",
        "incidents (audit.redacted)",
    ),
    FrameworkControl(
        _GDPR, "Art. 30 Records of processing", _N,
        "The record of processing activities is the controller's to write: docs/reference/retention.md has "
        "what it needs of this system, and this report can be named in it as a measure.",
        "none",
    ),
    FrameworkControl(
        _GDPR, "Art. 32 Security of processing", _P,
        "Confidentiality and integrity of values, and evidence of access. Availability, backups and "
        "tests of your own systems are yours.",
        "access, duties, incidents (backup.made)",
    ),
)  # fmt: skip


def control_rows() -> Sequence[list[str]]:
    """The table's rows."""
    return [[one.framework, one.control, str(one.mark), one.how, one.evidence] for one in LIST]
