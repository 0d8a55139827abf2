"""How often the verdicts on experiments are wrong, and how often they find what is there: simulated experiments.

`python -m benchmarks.experiment_simulations` prints the tables of docs/experiments.md. What decides here are the very
functions that decide about real experiments.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.paired import MetricComparison
from llm_engineering.application.experiments.power import paired_power, questions_to_detect
from llm_engineering.application.experiments.resampling import bootstrap_intervals, sign_flip_p_values
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.sequential import (
    effect_guesses,
    guess_bound,
    log_fortunes,
    users_to_detect,
)
from llm_engineering.application.experiments.verdict import Decision, more_questions, offline_decision
from llm_engineering.application.retrieve.metrics import Interval

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]
"""Returns differences B - A of a shape (experiments, questions)."""

RULE: Final = DecisionRule(primary_metric="simulated", smallest_effect=0.1)
_GRADES: Final = np.array([0.0, 0.39, 0.5, 0.63, 1.0])
"""Values that the nDCG of a question with one answer often has."""
_MOST_QUESTIONS: Final = 600
"""Beyond so many a simulated team does not go on."""
_EXPERIMENTS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Rates:
    """How simulated experiments ended, in shares of all."""

    experiments: int
    a: float
    b: float
    alike: float

    @property
    def winner(self) -> float:
        """How often one of the two was named."""
        return self.a + self.b


def _pairs(draw: Draw) -> Draw:
    """Return the differences of two answers that are drawn in the same way."""
    return lambda generator, shape: draw(generator, shape) - draw(generator, shape)


NULLS: Final[Mapping[str, Draw]] = {
    "normal": lambda generator, shape: generator.normal(0, 0.3, shape),
    "graded (nDCG of one answer)": _pairs(lambda generator, shape: generator.choice(_GRADES, shape)),
    "yes or no": _pairs(lambda generator, shape: generator.integers(0, 2, shape).astype(float)),
    "nine of ten tie": lambda generator, shape: generator.choice([-0.5, 0, 0.5], shape, p=[0.05, 0.9, 0.05]),
    "heavy tails (t, 2 df)": lambda generator, shape: 0.1 * generator.standard_t(2, shape),
    "skewed answers (log-normal)": _pairs(lambda generator, shape: 0.1 * generator.lognormal(0, 1, shape)),
}
"""Variants that do not differ: they could be exchanged."""

SKEWED: Final[Mapping[str, Draw]] = {
    "mean 0, skewed (exponential)": lambda generator, shape: 0.3 * (generator.exponential(1, shape) - 1),
}
"""Means that do not differ though the variants do: no test of this kind is exact here."""

EFFECTS: Final[Mapping[str, Draw]] = {
    "normal": lambda generator, shape: generator.normal(0.1, 0.3, shape),
    "yes or no": lambda generator, shape: generator.choice([-1.0, 0, 1], shape, p=[0.15, 0.6, 0.25]),
    "nine of ten tie": lambda generator, shape: generator.choice([0, 1.0], shape, p=[0.9, 0.1]),
    "skewed (exponential)": lambda generator, shape: 0.1 + 0.3 * (generator.exponential(1, shape) - 1),
}
"""Differences with the mean 0.1, the smallest effect of the rule."""

ONLINE_EFFECTS: Final = ((0.5, 0.1, 0.5), (0.3, 0.2, 0.5), (0.1, 0.05, 0.5), (0.8, 0.1, 0.2))
"""How often an answer helps, by how much B helps more often, and the share of users who see B."""


def decisions(differences: Floats, rule: DecisionRule, alpha: float, resamples: int) -> list[Decision]:
    """Return what is decided about each row of differences."""
    low, high = bootstrap_intervals(differences, alpha, resamples)
    p_values = sign_flip_p_values(differences, resamples)
    return [
        offline_decision(_comparison(row, Interval(mean=row.mean(), low=start, high=end), p), rule, alpha)
        for row, start, end, p in zip(differences, low.tolist(), high.tolist(), p_values.tolist(), strict=True)
    ]


def offline_rates(draw: Draw, *, questions: int, experiments: int, resamples: int, seed: int = 0) -> Rates:
    """Return how experiments with so many questions end at their first look."""
    generator = np.random.default_rng(seed)
    found: list[Decision] = []
    while len(found) < experiments:
        rows = draw(generator, (min(_EXPERIMENTS_AT_ONCE, experiments - len(found)), questions))
        found += decisions(rows, RULE, RULE.alpha_at(1), resamples)
    return _rates(found)


def extended_rates(draw: Draw, *, pilot: int, looks: int, experiments: int, resamples: int, seed: int = 0) -> Rates:
    """Return how experiments end that add the questions that the verdict asks for, and look again.

    Each begins with a pilot. As long as nothing is decided, as many questions are added as the verdict says, up to 600
    in all, and the next look is taken at its own level.
    """
    generator = np.random.default_rng(seed)
    return _rates([_extended(draw, generator, pilot, looks, resamples) for _ in range(experiments)])


def needed_questions(draw: Draw, power: float = RULE.power, seed: int = 1) -> tuple[int, float]:
    """Return how many questions differences of a kind need at the first look, and the power that is claimed for it."""
    deviation = float(draw(np.random.default_rng(seed), (1, 200_000)).std())
    count = questions_to_detect(deviation, RULE.smallest_effect, RULE.alpha_at(1), power)
    return count, paired_power(count, deviation, RULE.smallest_effect, RULE.alpha_at(1))


def online_rate(
    rate_a: float, rate_b: float, share_b: float, *, users: int, experiments: int, alpha: float = 0.05, seed: int = 0
) -> float:
    """Return the share of experiments that find a difference at any time, looked at after every user.

    Args:
        rate_a: How often an answer of A is found helpful.
        rate_b: How often one of B is.
        share_b: Share of the users who have B.
        users: Of each experiment.
        experiments: How many.
        alpha: Level of the test.
        seed: Of the users.
    """
    generator = np.random.default_rng(seed)
    bound = guess_bound(share_b)
    found = 0
    for start in range(0, experiments, _EXPERIMENTS_AT_ONCE):
        shape = (min(_EXPERIMENTS_AT_ONCE, experiments - start), users)
        in_b = generator.random(shape) < share_b
        outcomes = (generator.random(shape) < np.where(in_b, rate_b, rate_a)).astype(float)
        fortunes = log_fortunes(effect_guesses(in_b, outcomes, share_b), 0.0, -bound, bound)
        found += int(np.count_nonzero(fortunes.max(axis=1) >= -np.log(alpha)))
    return found / experiments


def missed_rate(
    rate_a: float, rate_b: float, share_b: float, *, users: int, experiments: int, alpha: float = 0.05, seed: int = 0
) -> float:
    """Return the share of experiments whose confidence sequence misses the true difference at any time."""
    generator = np.random.default_rng(seed)
    bound = guess_bound(share_b)
    in_b = generator.random((experiments, users)) < share_b
    outcomes = (generator.random(in_b.shape) < np.where(in_b, rate_b, rate_a)).astype(float)
    fortunes = log_fortunes(effect_guesses(in_b, outcomes, share_b), rate_b - rate_a, -bound, bound)
    return float((fortunes.max(axis=1) >= -np.log(alpha)).mean())


def needed_users(rate: float, effect: float, share_b: float, power: float = 0.8, seed: int = 1) -> int:
    """Return how many users an effect needs that is found with a power, told from 2,000 users without one."""
    generator = np.random.default_rng(seed)
    in_b, outcomes = generator.random(2_000) < share_b, (generator.random(2_000) < rate).astype(float)
    guesses = effect_guesses(in_b, outcomes, share_b)
    return users_to_detect(guesses, guess_bound(share_b), effect, 0.05, power) or 0


def _extended(draw: Draw, generator: np.random.Generator, pilot: int, looks: int, resamples: int) -> Decision:
    row = draw(generator, (1, pilot))
    for look in range(1, looks + 1):
        (decision,) = decisions(row, RULE, RULE.alpha_at(look), resamples)
        if decision is not Decision.NOT_ENOUGH or row.shape[1] >= _MOST_QUESTIONS:
            return decision
        more = more_questions(_comparison(row[0], None, 1.0), RULE, RULE.alpha_at(look + 1)) or 1
        added = draw(generator, (1, min(more, _MOST_QUESTIONS - row.shape[1])))
        row = np.concatenate([row, added], axis=1)
    return decision


def _comparison(row: Floats, interval: Interval | None, p: float) -> MetricComparison:
    return MetricComparison(
        definition=MetricDefinition(name="simulated", meaning="", direction=Direction.HIGHER),
        questions=row.size,
        pairs=row.size,
        one_sided=0,
        missing={},
        mean_a=0.0,
        mean_b=float(row.mean()),
        difference=interval,
        p=p,
        adjusted_p=p,
        deviation=float(row.std(ddof=1)),
        a_better=0,
        b_better=0,
        ties=0,
    )


def _rates(found: list[Decision]) -> Rates:
    shares = {decision: found.count(decision) / len(found) for decision in Decision}
    return Rates(len(found), shares[Decision.A], shares[Decision.B], shares[Decision.ALIKE])


def _offline_null_rows(experiments: int, resamples: int) -> Iterator[str]:
    yield "| Differences | 20 questions | 50 | 200 |"
    yield "|---|---|---|---|"
    for name, draw in {**NULLS, **SKEWED}.items():
        rates = [offline_rates(draw, questions=n, experiments=experiments, resamples=resamples) for n in (20, 50, 200)]
        yield f"| {name} | " + " | ".join(f"{each.winner:.1%}" for each in rates) + " |"


def _offline_power_rows(experiments: int, resamples: int) -> Iterator[str]:
    yield "| Differences | Questions recommended | Power claimed | Power simulated |"
    yield "|---|---|---|---|"
    for name, draw in EFFECTS.items():
        count, claimed = needed_questions(draw)
        rates = offline_rates(draw, questions=count, experiments=experiments, resamples=resamples, seed=2)
        yield f"| {name} | {count:,} | {claimed:.1%} | {rates.b:.1%} |"


def _extended_rows(experiments: int, resamples: int) -> Iterator[str]:
    yield "| Differences | A or B named | B named | alike |"
    yield "|---|---|---|---|"
    scenarios = {"none: " + name: NULLS[name] for name in ("normal", "yes or no", "nine of ten tie")}
    scenarios |= {"0.1: " + name: EFFECTS[name] for name in ("normal", "yes or no")}
    for name, draw in scenarios.items():
        rates = extended_rates(draw, pilot=30, looks=5, experiments=experiments, resamples=resamples)
        yield f"| {name} | {rates.winner:.1%} | {rates.b:.1%} | {rates.alike:.1%} |"


def _online_rows(experiments: int) -> Iterator[str]:
    yield "| Helpful | Share of B | Called different, though alike | True effect of 0.1 missed by the interval |"
    yield "|---|---|---|---|"
    for rate, share_b in ((0.5, 0.5), (0.1, 0.5), (0.9, 0.5), (0.5, 0.2), (0.9, 0.1)):
        wrong = online_rate(rate, rate, share_b, users=2_000, experiments=experiments)
        missed = missed_rate(rate - 0.05, rate + 0.05, share_b, users=2_000, experiments=experiments)
        yield f"| {rate:.0%} | {share_b:.0%} | {wrong:.1%} | {missed:.1%} |"


def _online_power_rows(experiments: int) -> Iterator[str]:
    yield "| Helpful | Effect | Share of B | Users recommended | Power claimed | Power simulated |"
    yield "|---|---|---|---|---|---|"
    for rate, effect, share_b in ONLINE_EFFECTS:
        users = needed_users(rate, effect, share_b)
        low, high = rate - effect / 2, rate + effect / 2
        power = online_rate(low, high, share_b, users=users, experiments=experiments, seed=2)
        yield f"| {rate:.0%} | {effect:.0%} | {share_b:.0%} | {users:,} | 80.0% | {power:.1%} |"


@click.command(help=__doc__)
@click.option("--experiments", default=2_000, show_default=True, help="Simulated in each cell.")
@click.option("--resamples", default=1_999, show_default=True, help="Of each bootstrap and each sign-flip test.")
def main(experiments: int, resamples: int) -> None:
    """Print the tables."""
    start = perf_counter()
    tables = {
        "Offline, no difference: how often a winner is named": _offline_null_rows(experiments, resamples),
        "Offline, a difference of 0.1 with the recommended number of questions": _offline_power_rows(
            experiments, resamples
        ),
        "Offline, 30 questions and then as many more as asked for, up to 5 looks": _extended_rows(
            experiments, resamples
        ),
        "Online, 2,000 users, looked at after every one": _online_rows(experiments),
        "Online, with the recommended number of users": _online_power_rows(experiments),
    }
    for title, rows in tables.items():
        click.echo(f"\n{title} ({experiments:,} experiments each)\n")
        for row in rows:
            click.echo(row)
    click.echo(f"\n{perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    main()
