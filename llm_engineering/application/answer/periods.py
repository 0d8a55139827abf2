"""Reads periods of time out of questions, such as "since March 2023" or "last year"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH_NAMES: Final = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in _MONTHS)  # noqa: PLR2004
_DAY: Final = (
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{4}}-\d{{2}}|(?:{_MONTH_NAMES})\.?(?: \d{{1,2}},?)? \d{{4}}|(?:19|20)\d{{2}})\b"
    # "in 2000 tokens" is no year
    r"(?!\s*(?:%|tokens?|characters?|words?|chunks?|dimensions?|lines?|bytes?|documents?|pages?|times|steps?|samples?|px)\b)"
)
_PERIOD: Final = re.compile(
    rf"""\b(?:
        between\ (?P<low>{_DAY})\ and\ (?P<high>{_DAY})
      | from\ (?P<first>{_DAY})\ (?:to|until|till|through)\ (?P<final>{_DAY})
      | since\ (?P<since>{_DAY})
      | from\ (?P<onwards>{_DAY})\ on(?:wards?)?
      | after\ (?P<after>{_DAY})
      | before\ (?P<before>{_DAY})
      | (?:until|till|up\ to)\ (?P<until>{_DAY})
      | (?:in|during)\ (?P<in>{_DAY})
      | (?:in\ the\ |during\ the\ )?(?P<which>last|past|previous|this)\ (?P<unit>year|month|week)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of publication, both included; None is open."""

    since: date | None
    until: date | None
    place: tuple[int, int]
    """Where the question says it."""


def period_in(question: str, today: date) -> Period | None:
    """Return the first period that a question names, or None if it names none.

    "In" and "during" mean the whole year, month or day; "since" and "until" include it, "after" and "before" do not.
    "Last year" is the calendar year before; so with months, and with weeks from Monday on. English only.
    """
    for match in _PERIOD.finditer(question):
        bounds = _bounds({name: text for name, text in match.groupdict().items() if text}, today)
        if bounds is not None:
            return Period(*bounds, match.span())
    return None


def _bounds(said: dict[str, str], today: date) -> tuple[date | None, date | None] | None:
    if "which" in said:
        return _named(said["which"].lower(), said["unit"].lower(), today)
    days = {name: _days(text) for name, text in said.items()}
    if not all(days.values()):
        return None
    first = {name: found[0] for name, found in days.items() if found}
    last = {name: found[1] for name, found in days.items() if found}
    one_day = timedelta(days=1)
    if low := first.get("low", first.get("first")):
        return low, last.get("high", last.get("final"))
    if "in" in first:
        return first["in"], last["in"]
    if "after" in last:
        return last["after"] + one_day, None
    if "before" in first:
        return None, first["before"] - one_day
    return first.get("since", first.get("onwards")), last.get("until")


def _days(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a year, a month or a day; None if there is no such day."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    named = re.match(r"[a-z]{3}", text, re.IGNORECASE)
    if named:
        month = next(number for number, name in enumerate(_MONTHS, start=1) if name.startswith(named[0].lower()))
        parts = [parts[-1], month, *parts[:-1]]
    year, month, day = (*parts, None, None)[:3]
    try:
        if month is None:
            return date(year or 0, 1, 1), date(year or 0, 12, 31)
        length = monthrange(year or 0, month)[1]
        return date(year or 0, month, day or 1), date(year or 0, month, day or length)
    except ValueError:
        return None


def _named(which: str, unit: str, today: date) -> tuple[date, date]:
    first = {
        "year": today.replace(month=1, day=1),
        "month": today.replace(day=1),
        "week": today - timedelta(days=today.weekday()),
    }[unit]
    if which == "this":
        return first, today
    last = first - timedelta(days=1)
    before = {
        "year": last.replace(month=1, day=1),
        "month": last.replace(day=1),
        "week": last - timedelta(days=last.weekday()),
    }[unit]
    return before, last
