"""Which variables the rules of a file find in a secret that a source has: the rules, read backwards."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.templates import fill, solve
from envaccess.domain.variable import Variable, parse_variable

_Options = Mapping[str, str]


class RulesOfSource:
    """The rules by which one source is read.

    Args:
        file: all rules: one that stands further up may keep a name elsewhere.
        source: its name there.
        environments: those that are tried where neither a rule nor a path says one.
    """

    def __init__(self, file: SourcesFile, source: str, environments: Sequence[str]) -> None:
        self._file = file
        self._source = source
        self._environments = tuple(environments)
        self._literal = {
            variable: place.options
            for variable in file.literal()
            if isinstance(place := file.place_of(variable), ReadPlace) and place.source == source
        }
        self._patterns = [
            rule
            for rule in file.rules
            if rule.source == source and not rule.leased and not all(map(parse_variable, rule.match))
        ]
        self._saying: dict[tuple[object, ...], list[tuple[NameRule, _Options]]] = {}
        self._indexes: dict[tuple[object, ...], dict[frozenset[tuple[str, str]], list[Variable]]] = {}

    def find(self, secret: FoundSecret) -> list[Variable]:
        """The variables whose value this is, or a part of it."""
        spoken = _spoken(secret)
        written = [one for said in spoken for one in self._index(secret).get(frozenset(said.items()), ())]
        return list(dict.fromkeys([*written, *self._by_patterns(secret, spoken)]))

    def reads_parts(self, secret: FoundSecret) -> bool:
        """Whether a pattern reads parts of it whose names no list tells."""
        spoken = _spoken(secret)
        return any(
            {*rule.options} & {*secret.narrowed_by}
            and any(_solved(told, said) is not None for said in spoken)
            for rule, told in self._said_by_patterns(secret)
        )

    def _index(self, secret: FoundSecret) -> dict[frozenset[tuple[str, str]], list[Variable]]:
        """The variables that are written out, by where they are; what goes without saying is said."""
        key = _kind(secret)
        if key not in self._indexes:
            found = defaultdict(list)
            for variable, options in self._literal.items():
                said = _filled(_said(options, secret), variable)
                found[frozenset(said.items())].append(variable)
            self._indexes[key] = dict(found)
        return self._indexes[key]

    def _said_by_patterns(self, secret: FoundSecret) -> list[tuple[NameRule, _Options]]:
        key = _kind(secret)
        if key not in self._saying:
            self._saying[key] = [(rule, _said(rule.options, secret)) for rule in self._patterns]
        return self._saying[key]

    def _by_patterns(self, secret: FoundSecret, spoken: Sequence[_Options]) -> Iterator[Variable]:
        for rule, said in self._said_by_patterns(secret):
            for options in spoken:
                holes = _solved(said, options)
                for variable in self._named(rule, holes or {}):
                    if self._is_at(variable, secret, options):
                        yield variable

    def _named(self, rule: NameRule, holes: Mapping[str, str]) -> Iterator[Variable]:
        name = holes.get("name")
        if name is None:
            return
        said = (glob.rpartition("/")[0] for glob in rule.match)
        tried = [holes["environment"]] if "environment" in holes else [*said, *self._environments]
        for environment in dict.fromkeys(tried):
            if variable := parse_variable(f"{environment}/{name}" if environment else name):
                yield variable

    def _is_at(self, variable: Variable, secret: FoundSecret, options: _Options) -> bool:
        place = self._file.place_of(variable)
        if not isinstance(place, ReadPlace) or place.source != self._source:
            return False
        return _filled(_said(place.options, secret), variable) == options


def _kind(secret: FoundSecret) -> tuple[object, ...]:
    """What secrets have in common to which rules speak alike."""
    return (*sorted(secret.unsaid.items()), *secret.narrowed_by, *sorted(secret.options))


def _spoken(secret: FoundSecret) -> list[dict[str, str]]:
    """Where it is, in each of the words that there are for that."""
    return [{**secret.unsaid, **said} for said in (secret.options, *secret.also)]


def _said(options: _Options, secret: FoundSecret) -> dict[str, str]:
    """What a rule says, with what goes without saying; a part of the secret counts as the secret."""
    narrow = {*secret.narrowed_by} - {*secret.options}
    return {name: text for name, text in {**secret.unsaid, **options}.items() if name not in narrow}


def _filled(options: _Options, variable: Variable) -> dict[str, str]:
    values = {"name": variable.name, "environment": variable.environment}
    return {option: fill(text, values) for option, text in options.items()}


def _solved(said: _Options, found: _Options) -> dict[str, str] | None:
    """What `{name}` and `{environment}` stand for where these options are those; None where they are not."""
    if said.keys() != found.keys():
        return None
    holes: dict[str, str] = {}
    for option, text in said.items():
        solved = solve(text, found[option])
        if solved is None or any(holes.get(name, value) != value for name, value in solved.items()):
            return None
        holes |= solved
    return holes
