"""What a job may cost at most before it is started, and what it has cost when it has ended."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_prices import HourlyPrice, configured_price, listed_price
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_running import FinishedJob

_OTHER_USES: Final = ("spot", "reserved", "host", "transform", "processing", "notebook", "studio", "cluster", "plan")
"""Words in the kinds of use that are no training on demand."""
_HOUR: Final = 3600


class JobReport(Result):
    """What a job took, all its attempts together."""

    name: str
    instance_type: str
    attempts: int
    training_seconds: int
    """Of the work."""
    billable_seconds: int
    """That AWS counts; fewer than those of the work on spare instances."""
    used_spot: bool
    cost: float | None
    """billable seconds at the price of an hour; None: the price is not known."""
    currency: str
    price_source: str
    """Where the price is from, or why it is not known."""
    results: str
    """Folder in S3."""

    @property
    def spot_savings(self) -> float | None:
        """Share of the full price that was saved, as AWS reckons it; None without spare instances."""
        if not self.used_spot or not self.training_seconds:
            return None
        return 1 - self.billable_seconds / self.training_seconds

    @property
    def figures(self) -> Figures:
        """All of it."""
        savings = self.spot_savings
        return {
            **self.model_dump(mode="json", exclude={"cost", "price_source"}),
            "cost": "unknown" if self.cost is None else round(self.cost, 4),
            "price": self.price_source,
            **({} if savings is None else {"spot_savings": round(savings, 4)}),
        }


def job_price(calls: AwsCalls, job: SageMakerJob, instance_type: str) -> HourlyPrice:
    """Return what an instance costs an hour of training, without spot: as configured, listed, or unknown."""
    if job.price is not None and job.instance_type == instance_type:
        return configured_price(job.price)
    return listed_price(calls, instance_type, _is_training)


def estimate(price: HourlyPrice, job: SageMakerJob) -> str:
    """Return what a job costs at most, for people: it is not known how long it will take."""
    spot = "; spare instances usually cost less" if job.uses_spot else ""
    if price.amount is None:
        return f"unknown per hour ({price.source}), for at most {job.max_hours:g} hours{spot}"
    most = price.amount * job.max_hours
    return (
        f"at most {most:.2f} {price.currency} ({job.max_hours:g} hours on one {job.instance_type} at {price.amount:g} "
        f"an hour; {price.source}){spot}"
    )


def job_report(price: HourlyPrice, finished: FinishedJob) -> JobReport:
    """Return what a job took.

    Args:
        price: Of an instance of the type that it ran on.
        finished: The job with its attempts.
    """
    billable = _seconds(finished.attempts, "BillableTimeInSeconds")
    return JobReport(
        name=finished.name,
        instance_type=str(finished.details["ResourceConfig"]["InstanceType"]),
        attempts=len(finished.attempts),
        training_seconds=_seconds(finished.attempts, "TrainingTimeInSeconds"),
        billable_seconds=billable,
        used_spot=bool(finished.details.get("EnableManagedSpotTraining")),
        cost=None if price.amount is None else price.amount * billable / _HOUR,
        currency=price.currency,
        price_source=price.source,
        results=finished.results,
    )


def report_words(report: JobReport) -> str:
    """Return what a job took, for people."""
    cost = "unknown" if report.cost is None else f"{report.cost:.2f} {report.currency}"
    savings = "" if report.spot_savings is None else f", {report.spot_savings:.0%} saved by spare instances"
    attempts = "" if report.attempts == 1 else f" in {report.attempts} attempts"
    return (
        f"{report.name} took {report.training_seconds / 60:.0f} minutes{attempts}; billable are "
        f"{report.billable_seconds:,} s of {report.instance_type}{savings}; cost: {cost} ({report.price_source})"
    )


def _seconds(attempts: Sequence[Mapping[str, Any]], field: str) -> int:
    """Return the sum over all attempts; a job that never had an instance has none."""
    return sum(int(each.get(field) or 0) for each in attempts)


def _is_training(use: str) -> bool:
    return "train" in use and not any(word in use for word in _OTHER_USES)
