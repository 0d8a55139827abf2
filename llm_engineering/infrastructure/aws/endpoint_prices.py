"""What an instance costs an hour: as somebody looked it up, as the price list of AWS says, or unknown."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint, InstancePrice
from llm_engineering.infrastructure.aws.errors import AwsError

_OTHER_HOSTING: Final = ("async", "serverless", "reserved", "training", "transform")
"""Words in the kinds of use that are no real-time endpoint."""


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """What one instance costs an hour."""

    amount: float | None
    """None if it is not known."""
    currency: str
    source: str
    """Where it is from, or why it is not known."""

    def of(self, instances: int) -> str:
        """Return what so many instances cost an hour, for people."""
        if instances == 0:
            return "0.00 per hour: no instance runs"
        if self.amount is None:
            return f"unknown ({self.source}); {instances} instance{'s' if instances > 1 else ''} run"
        total = self.amount * instances
        daily = f"{total * 24:.2f} a day"
        return f"{total:.2f} {self.currency} per hour, {daily} ({instances} x {self.amount:g}; {self.source})"


def hourly_price(calls: AwsCalls, endpoint: InferenceEndpoint | None, instance_type: str | None) -> HourlyPrice:
    """Return what an instance costs.

    Args:
        calls: How AWS is asked for its price list.
        endpoint: Whose price counts if it is for this type of instance.
        instance_type: Type of the instances; None if it is not known.
    """
    if instance_type is None:
        return HourlyPrice(None, "", "the type of its instances is not known")
    if endpoint is not None and endpoint.price is not None and endpoint.instance_type == instance_type:
        return configured_price(endpoint.price)
    return listed_price(calls, instance_type, _is_hosting)


def configured_price(price: InstancePrice) -> HourlyPrice:
    """Return a price that somebody looked up."""
    return HourlyPrice(price.per_hour, price.currency, f"configuration, looked up {price.looked_up}")


def listed_price(calls: AwsCalls, instance_type: str, is_wanted: Callable[[str], bool]) -> HourlyPrice:
    """Return what the price list of AWS says of an instance of SageMaker.

    Args:
        calls: How AWS is asked for it.
        instance_type: Such as "ml.g5.xlarge".
        is_wanted: Whether a kind of use, in small letters, is the one that is asked about.
    """
    wanted = {"regionCode": calls.region, "instanceName": instance_type}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    try:
        products = calls.pages("pricing", "get_products", "PriceList", ServiceCode="AmazonSageMaker", Filters=filters)
    except AwsError as error:
        return HourlyPrice(None, "", f"the price list of AWS could not be read: {error.code}")
    amounts = {amount for product in products for amount in _amounts(product, is_wanted)}
    if len(amounts) != 1:
        found = "no price" if not amounts else f"{len(amounts)} prices"
        return HourlyPrice(None, "", f"the price list of AWS has {found} for {instance_type} in {calls.region}")
    return HourlyPrice(amounts.pop(), "USD", "price list of AWS, without discounts and taxes")


def _is_hosting(use: str) -> bool:
    return "host" in use and not any(word in use for word in _OTHER_HOSTING)


def _amounts(product: str, is_wanted: Callable[[str], bool]) -> Iterator[float]:
    """Yield the dollars an hour of a product, if it is of the wanted kind of use."""
    content: dict[str, Any] = json.loads(product)
    attributes = content.get("product", {}).get("attributes", {})
    if not is_wanted(f"{attributes.get('component', '')} {attributes.get('usagetype', '')}".lower()):
        return
    for term in content.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            amount = dimension.get("pricePerUnit", {}).get("USD")
            if amount is not None and float(amount) > 0:
                yield float(amount)
