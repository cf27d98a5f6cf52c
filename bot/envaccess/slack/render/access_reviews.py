"""Access reviews in Slack: how far one is, a page of items to judge, and what closing one came to."""

from typing import Final

from envaccess.domain.access_review import (
    AccessReview,
    Item,
    ItemKind,
    Judged,
    Verdict,
    groups_of,
)
from envaccess.domain.audit import read_actor
from envaccess.domain.duration import spell_seconds
from envaccess.domain.policy.principal_set import AGENTS, ANYONE, OWNERS
from envaccess.domain.text import count
from envaccess.domain.variable import parse_variable
from envaccess.slack.names import CLOSE_REVIEW, COMMAND, ITEM, JUDGE, JUDGE_FORM, OTHERS, REASON
from envaccess.slack.render.blocks import (
    TITLE_LIMIT,
    Block,
    Rendered,
    actions,
    ask_first,
    button,
    code,
    context,
    mention,
    plain,
    say,
    section,
    when,
)
from envaccess.slack.render.fields import choice, field, reason_field
from envaccess.slack.render.words import actor_of, actor_told, capital, join, labels

_GROUPS_SHOWN: Final = 20
_PATCH_SHOWN: Final = 2_600
_NAMES_SHOWN: Final = 5
LEAVE: Final = "leave"
"""The value of the choice that leaves the others of a page open."""
_GROUP: Final = {
    ItemKind.REQUESTER: "Who may ask under {rule}",
    ItemKind.AUTOMATIC: "What {rule} lets through alone",
    ItemKind.DUTY: "Duties as an approver in other hands",
    ItemKind.CHANNEL: "Members of the {rule} channel",
    ItemKind.SECURITY: "Security people",
    ItemKind.OWNER: "Owners of {rule}",
    ItemKind.EMERGENCY: "Emergencies that no review has judged",
    ItemKind.GRANT: "A sample of grants since the last review",
}
_EVERYBODY: Final = {
    ANYONE: "any full member",
    OWNERS: "the owners of each variable",
    AGENTS: "agents of any full member",
}
_ALSO: Final = {
    "automatic": "approved automatically",
    "emergency": "emergency access",
    AGENTS: "through agents, too",
}


def tell_group(item: Item) -> str:
    """What an item is shown together with; the rule's name may be anybody's text."""
    kind = _GROUP.get(item.kind, "Something else")
    return kind.format(rule=item.rule if item.kind is ItemKind.CHANNEL else code(item.rule, 80))


def tell_item(item: Item) -> str:
    """One line about an item."""
    who = _who(item.who)
    match item.kind:
        case ItemKind.DUTY:
            giver = mention(item.via[0]) if item.via else "somebody"
            return f"{who} decides in the place of {giver}, until {when(item.until)}"
        case ItemKind.AUTOMATIC:
            return f"For {join([_word(word) for word in item.via])}: up to {spell_seconds(item.seconds)}"
        case ItemKind.EMERGENCY | ItemKind.GRANT:
            behind = f" of {mention(item.also[0])}" if item.also else ""
            moment = f", {when(item.at)}" if item.at else ""
            return f"{who}{behind} had {_variables(item)} for {spell_seconds(item.seconds)}{moment}"
        case _:
            told = [_ALSO[word] for word in item.also if word in _ALSO]
            return " · ".join([who, *_through(item), *told])


def _variables(item: Item) -> str:
    read = [(parse_variable(name), name) for name in item.variables]
    return labels([one.label if one else name for one, name in read], _NAMES_SHOWN) or "something"


def _who(who: str) -> str:
    return _EVERYBODY.get(who) or actor_of(who)


def _through(item: Item) -> list[str]:
    ways = [_word(word) for word in item.via if word != item.who]
    return [f"through {join(ways)}"] if ways and item.kind is not ItemKind.CHANNEL else []


def _word(word: str) -> str:
    """An id of a policy's list: somebody, a user group, a channel."""
    if word[:1] == "S":
        return f"group {code(word, 40)}"
    return f"<#{word}>" if word[:1] in {"C", "G"} and word.isalnum() else _who(word)


def render_review(review: AccessReview, person: str, *, judges: bool, closes: bool) -> Rendered:
    """How far it is; what this person may judge, with a button for each group of it."""
    left = review.left_for(person) if judges else ()
    told = f"*Access review* {code(review.id)} of {code(review.what, 80)}: {_progress(review)}."
    blocks = [section(told), context(_facts(review))]
    groups = list(groups_of(left).values())
    blocks += [_group_row(review, items) for items in groups[:_GROUPS_SHOWN]]
    more = len(groups) - _GROUPS_SHOWN
    if more > 0:
        blocks.append(context(f"{count(more, 'more group')} come after these."))
    blocks.append(context(_left(review, person, judges=judges)))
    if closes:
        blocks.append(actions(_close_button(review)))
    return Rendered("An access review", blocks)


def _progress(review: AccessReview) -> str:
    done = len(review.items) - len(review.unjudged)
    return f"{done} of {count(len(review.items), 'item')} judged, until {when(review.until)}"


def _facts(review: AccessReview) -> str:
    who = join([mention(one) for one in review.reviewers]) or "the policy's security people"
    return f"Started by {actor_told(read_actor(review.by))}, {when(review.opened_at)}. Reviewers: {who}."


def _group_row(review: AccessReview, items: list[Item]) -> Block:
    begin = int(items[0].id) - 1
    drawn = button(f"{JUDGE}:{items[0].id}", f"Judge {len(items)}", f"{review.id}:{begin}", "")
    return section(tell_group(items[0])) | {"accessory": drawn}


def _left(review: AccessReview, person: str, *, judges: bool) -> str:
    if not judges:
        return "You are not among its reviewers."
    mine = len(review.left_for(person))
    others = len(review.unjudged) - mine
    about = (
        f" {capital(count(others, 'other'))} may be judged by somebody else only: nobody reviews themselves."
    )
    told = f"{capital(count(mine, 'item'))} left for you." if mine else "Nothing is left for you to judge."
    return f"{told}{about if others else ''}"


def _close_button(review: AccessReview) -> Block:
    open_items = len(review.unjudged)
    question = (
        f"{count(open_items, 'item')} would stay not reviewed. " if open_items else ""
    ) + "Nothing can be judged in it afterwards."
    drawn = button(CLOSE_REVIEW, "Close the review", review.id, "")
    return ask_first(drawn, "Close this access review?", question, "Close it", "Not yet")


def render_gathering() -> Rendered:
    """It is being looked up."""
    return say("Looking up who may have what. You are told here when the access review has started.")


def render_started(review: AccessReview) -> Rendered:
    """It has started."""
    return say(
        f"Access review {code(review.id)} has started: {count(len(review.items), 'item')} to look at, until "
        f"{when(review.until)}. {code(f'{COMMAND} review')} shows each reviewer what is theirs.",
        context(_facts(review)),
    )


def render_unfinished(review: AccessReview) -> Rendered:
    """Not everything is judged: whoever wants to close it is asked first."""
    return say(
        f"{count(len(review.unjudged), 'item')} of {len(review.items)} are not judged, and would stay *not "
        "reviewed*. Nothing was closed.",
        actions(_close_button(review)),
    )


def render_closed(review: AccessReview) -> Rendered:
    """What it came to, with the patch as text."""
    told = (
        f"Access review {code(review.id)} is closed: {review.count(Verdict.KEEP)} kept, "
        f"{review.count(Verdict.REDUCE)} reduced, {review.count(Verdict.REVOKE)} revoked, "
        f"{len(review.unjudged)} not reviewed."
    )
    fetch = code("envaccess review status --out DIR")
    facts = context(f"Pack {code(review.pack)}; on the host {fetch} writes it with its policy patch.")
    if len(review.patch) > _PATCH_SHOWN:
        return say(told, section("The policy patch is too long to be shown here."), facts)
    patch = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": review.patch}]}
        ],
    }
    return say(told, section("What follows for the policy file, to be applied by hand:"), patch, facts)


def judge_form(review: AccessReview, items: list[Item], done: Judged | None = None) -> Block:
    """A page of items of one group: each has a choice, and one choice is for all others of the page."""
    meta = f"{review.id} {','.join(item.id for item in items)}"
    blocks = [
        *_judged_before(done),
        section(f"*{tell_group(items[0])}* · {_progress(review)}"),
        *(_item_row(item) for item in items),
        _others(items),
        _reason(items),
    ]
    return {
        "type": "modal",
        "callback_id": JUDGE_FORM,
        "private_metadata": meta,
        "title": plain("Access review", TITLE_LIMIT),
        "submit": plain("Save and go on", TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "blocks": blocks,
    }


def _judged_before(done: Judged | None) -> list[Block]:
    """What came of the page before."""
    if done is None:
        return []
    return [context(tell_judged(done))]


def tell_judged(done: Judged) -> str:
    """How many were judged, and what somebody else had judged."""
    told = f"{count(len(done.done), 'item')} judged."
    if not done.lost:
        return told
    who = join([actor_of(by) for by in dict.fromkeys(done.lost.values())])
    return f"{told} {count(len(done.lost), 'other')} had been judged meanwhile by {who}, and stay so."


def _item_row(item: Item) -> Block:
    choices = [choice("Keep", Verdict.KEEP)]
    if item.less:
        choices.append(choice(f"Reduce: {item.less}", Verdict.REDUCE))
    choices.append(choice("Revoke", Verdict.REVOKE))
    element = {
        "type": "static_select",
        "action_id": f"{ITEM}:{item.id}",
        "placeholder": plain("Choose"),
        "options": choices,
    }
    return section(f"{item.id}. {tell_item(item)}") | {"block_id": f"{ITEM}:{item.id}", "accessory": element}


def field_of_page(name: str, number: str) -> str:
    """The block id of a field of a page, by the number of its first item.

    Slack keeps what is filled in where a block of an updated view has the same id: so the next page has other
    ids, and nothing is chosen there beforehand.
    """
    return f"{name}:{number}"


def _others(items: list[Item]) -> Block:
    options = [choice("Keep them", Verdict.KEEP), choice("Leave them open", LEAVE)]
    element = {"type": "static_select", "placeholder": plain("Choose"), "options": options}
    label = "All on this page for which you chose nothing above"
    return field(field_of_page(OTHERS, items[0].id), label, element)


def _reason(items: list[Item]) -> Block:
    name, drawn = field_of_page(REASON, items[0].id), reason_field("Why, for what you do not keep")
    return drawn | {"block_id": name, "element": drawn["element"] | {"action_id": name}, "optional": True}


def render_done(review: AccessReview, person: str, done: Judged) -> list[Block]:
    """The last page was sent."""
    return [section(tell_judged(done)), context(_left(review, person, judges=True))]
