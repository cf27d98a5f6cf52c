"""Whether a chain can be completed by distinct people: nobody counts twice in one request (law 3)."""

from collections.abc import Collection, Sequence


def can_complete(places: Sequence[Collection[str]]) -> bool:
    """Whether every place can have a person of its own.

    Args:
        places: for each approval that is needed, everybody who could give it.
    """
    need = len(places)
    # A place with as many candidates as there are places is never what is missing, so the first few do.
    candidates = [sorted(place)[:need] for place in places]
    holder: dict[str, int] = {}

    def eligibility(place: int, tried: set[str]) -> bool:
        for person in candidates[place]:
            if person in tried:
                continue
            tried.add(person)
            if person not in holder or eligibility(holder[person], tried):
                holder[person] = place
                return True
        return False

    return all(eligibility(place, set()) for place in range(need))
