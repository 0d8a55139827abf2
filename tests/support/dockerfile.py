"""Reads a Dockerfile as far as its tests ask."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One stage of a Dockerfile."""

    name: str
    base: str
    instructions: tuple[tuple[str, str], ...]
    """Each as its word in capitals and the rest, with continued lines joined."""

    def all(self, word: str) -> list[str]:
        """Return what follows a word, in the order of the file."""
        return [rest for each, rest in self.instructions if each == word]


def stages(path: Path) -> dict[str, Stage]:
    """Return the stages by name."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", "", text).splitlines()
    found: dict[str, Stage] = {}
    parsed = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]
    starts = [place for place, (word, _) in enumerate(parsed) if word == "FROM"]
    for start, end in zip(starts, [*starts[1:], len(parsed)], strict=True):
        base, _, name = parsed[start][1].partition(" AS ")
        found[name] = Stage(name, base, tuple(parsed[start + 1 : end]))
    return found


def lineage(known: dict[str, Stage], name: str) -> list[Stage]:
    """Return a stage and those that it stands on, the lowest first."""
    stage = known[name]
    return [*(lineage(known, stage.base) if stage.base in known else ()), stage]
