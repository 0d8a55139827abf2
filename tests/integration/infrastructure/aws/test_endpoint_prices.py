"""What an endpoint costs an hour: what is not known is said to be unknown."""

import json

import pytest

from llm_engineering.infrastructure.aws.endpoint_inventory import instance_type, inventory
from llm_engineering.infrastructure.aws.endpoint_prices import HourlyPrice, hourly_price
from tests.integration.infrastructure.aws.conftest import Aws
from tests.support.aws import wanted

pytestmark = pytest.mark.integration


def product(amount: str, component: str = "Hosting", usage: str = "EU-Host:ml.g5.xlarge") -> str:
    attributes = {"instanceName": "ml.g5.xlarge", "component": component, "usagetype": usage}
    price = {"unit": "Hrs", "pricePerUnit": {"USD": amount}}
    terms = {"OnDemand": {"term": {"priceDimensions": {"dimension": price}}}}
    return json.dumps({"product": {"attributes": attributes}, "terms": terms})


def test_the_price_of_a_real_time_instance_is_taken_from_the_list(aws: Aws) -> None:
    aws.plane.prices = [
        product("2.0000000000"),
        product("3.0", component="Training", usage="EU-Train:ml.g5.xlarge"),
        product("4.0", component="AsyncHosting", usage="EU-AsyncInf:ml.g5.xlarge"),
    ]

    price = hourly_price(aws.calls, wanted(), "ml.g5.xlarge")

    assert price.of(3).startswith("6.00 USD per hour, 144.00 a day (3 x 2; price list of AWS")
    filters = {each["Field"]: each["Value"] for each in aws.plane.parameters("GetProducts")["Filters"]}
    assert filters == {"regionCode": "eu-west-1", "instanceName": "ml.g5.xlarge"}


def test_what_somebody_looked_up_goes_before_the_list_for_that_type_only(aws: Aws) -> None:
    endpoint = wanted(price={"per_hour": 1.5, "currency": "EUR", "looked_up": "2026-11-28, invoice"})

    assert hourly_price(aws.calls, endpoint, "ml.g5.xlarge") == HourlyPrice(
        1.5, "EUR", "configuration, looked up 2026-11-28, invoice"
    )
    assert hourly_price(aws.calls, endpoint, "ml.g6.xlarge").amount is None


@pytest.mark.parametrize(
    ("prices", "reason"),
    [([], "no price"), ([product("1.0"), product("2.0")], "2 prices"), ([product("0")], "no price")],
)
def test_without_exactly_one_price_it_is_unknown(aws: Aws, prices: list[str], reason: str) -> None:
    aws.plane.prices = prices

    price = hourly_price(aws.calls, wanted(), "ml.g5.xlarge")

    assert price.of(2) == f"unknown (the price list of AWS has {reason} for ml.g5.xlarge in eu-west-1); 2 instances run"


def test_a_list_that_may_not_be_read_is_no_error(aws: Aws) -> None:
    aws.plane.refuse("GetProducts", "AccessDeniedException")

    assert "could not be read: AccessDeniedException" in hourly_price(aws.calls, wanted(), "ml.g5.xlarge").source


def test_where_no_instance_runs_nothing_is_paid() -> None:
    assert HourlyPrice(None, "", "unknown").of(0) == "0.00 per hour: no instance runs"


def test_what_runs_is_counted_from_the_endpoint_itself(aws: Aws) -> None:
    aws.deployment(wanted(hosting="instance", scaling={"min_copies": 2, "max_copies": 4})).deploy()

    found = inventory(aws.calls, "twin")

    assert (found.instances, found.copies) == (2, None)
    assert instance_type(aws.calls, found) == "ml.g5.xlarge"


def test_copies_of_a_component_are_counted(aws: Aws) -> None:
    aws.deployment(wanted()).deploy()

    assert inventory(aws.calls, "twin").copies == 1


def test_of_nothing_there_is_no_type(aws: Aws) -> None:
    found = inventory(aws.calls, "twin")

    assert found.is_empty
    assert instance_type(aws.calls, found) is None
