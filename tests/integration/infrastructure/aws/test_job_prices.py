"""What a job may cost, and what it has cost."""

import pytest

from llm_engineering.infrastructure.aws.endpoint_prices import HourlyPrice
from llm_engineering.infrastructure.aws.job_prices import estimate, job_price, job_report, report_words
from llm_engineering.infrastructure.aws.job_running import FinishedJob
from tests.integration.infrastructure.aws.conftest import Aws
from tests.integration.infrastructure.aws.test_endpoint_prices import product
from tests.support.jobs import wanted_job

pytestmark = pytest.mark.integration
DETAILS = {
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/jobs/two/output/model.tar.gz"},
    "ResourceConfig": {"InstanceType": "ml.g5.xlarge"},
    "EnableManagedSpotTraining": True,
    "TrainingTimeInSeconds": 6000,
    "BillableTimeInSeconds": 1500,
}


def test_the_price_of_training_on_demand_is_taken_from_the_list(aws: Aws) -> None:
    aws.plane.prices = [
        product("2.0"),
        product("3.0", component="Training", usage="EU-Train:ml.g5.xlarge"),
        product("1.0", component="Training", usage="EU-SpotTrain:ml.g5.xlarge"),
        product("5.0", component="Processing", usage="EU-Processing:ml.g5.xlarge"),
    ]

    price = job_price(aws.calls, wanted_job(price=None), "ml.g5.xlarge")

    assert price == HourlyPrice(3.0, "USD", "price list of AWS, without discounts and taxes")
    assert estimate(price, wanted_job()).startswith("at most 6.00 USD (2 hours on one ml.g5.xlarge at 3 an hour;")


def test_a_price_that_was_looked_up_is_for_its_own_type_only(aws: Aws) -> None:
    assert job_price(aws.calls, wanted_job(), "ml.g5.xlarge").amount == 1.8
    unknown = job_price(aws.calls, wanted_job(), "ml.g6.xlarge")
    assert unknown.amount is None
    assert estimate(unknown, wanted_job(spot={})).endswith("for at most 2 hours; spare instances usually cost less")


def test_all_attempts_are_paid_for() -> None:
    never_ran = {"TrainingJobName": "zero"}
    first = {"TrainingTimeInSeconds": 1200, "BillableTimeInSeconds": 300}
    job = FinishedJob("two", DETAILS, (never_ran, first, DETAILS))

    report = job_report(HourlyPrice(2.0, "EUR", "invoice"), job)

    assert (report.attempts, report.training_seconds, report.billable_seconds) == (3, 7200, 1800)
    assert (report.cost, report.spot_savings) == (1.0, 0.75)
    assert report_words(report) == (
        "two took 120 minutes in 3 attempts; billable are 1,800 s of ml.g5.xlarge, 75% saved by spare instances; cost: "
        "1.00 EUR (invoice)"
    )
    assert report.figures["spot_savings"] == 0.75


def test_what_is_not_known_is_said_to_be_so() -> None:
    job = FinishedJob("two", {**DETAILS, "EnableManagedSpotTraining": False}, (DETAILS,))

    report = job_report(HourlyPrice(None, "", "nobody knows"), job)

    assert (report.cost, report.spot_savings, report.figures["cost"]) == (None, None, "unknown")
    assert report_words(report).endswith("1,500 s of ml.g5.xlarge; cost: unknown (nobody knows)")
