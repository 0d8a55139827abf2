"""The control planes of SageMaker and Application Auto Scaling, and the price list, on loopback.

The stand-in that the other tests use, moto, knows no inference components, no update of an endpoint and no status but
"InService". This one has them, lets things take time, and fails where a test says so. botocore checks what it is asked.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "Model": ("ModelName", "model"),
    "EndpointConfig": ("EndpointConfigName", "endpoint-config"),
    "Endpoint": ("EndpointName", "endpoint"),
    "InferenceComponent": ("InferenceComponentName", "inference-component"),
}
_LISTED: Final = {"Models": "Model", "EndpointConfigs": "EndpointConfig"}
_TIMED: Final = ("Endpoint", "InferenceComponent")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of AWS that reports an error."""

    code: str
    message: str = "as the test wants it"


@dataclass
class ControlPlane:
    """What exists, what was asked, and what is to go wrong."""

    things: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    prices: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Each call: its name and its parameters."""
    refusals: dict[str, deque[Refusal]] = field(default_factory=dict)
    """By the name of a call: what it is answered with first."""
    looks: int = 1
    """How often something is seen under way before it is settled; 0 settles it at once."""
    expires_at: str | None = None
    """The name of a call: from it on all calls are answered with an expired token."""
    is_expired: bool = False
    fates: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    """By the name of an endpoint or component: status and reason that its next changes end with."""

    def reset(self) -> None:
        """Forget everything."""
        for name, value in vars(ControlPlane()).items():
            setattr(self, name, value)

    def refuse(self, operation: str, code: str, message: str = "as the test wants it", times: int = 1) -> None:
        """Answer the next calls of an operation with an error."""
        self.refusals.setdefault(operation, deque()).extend([Refusal(code, message)] * times)

    def will(self, name: str, status: str, reason: str = "") -> None:
        """Let the next change of an endpoint or a component end with a status."""
        self.fates.setdefault(name, deque()).append((status, reason))

    def names(self, kind: str) -> list[str]:
        return sorted(name for each, name in self.things if each == kind)

    @property
    def changes(self) -> list[str]:
        """The names of the calls that change something, in order."""
        return [name for name, _ in self.asked if not name.startswith(("Describe", "List", "Get"))]

    def parameters(self, operation: str) -> dict[str, Any]:
        """Return the parameters of the last call of an operation."""
        return next(each for name, each in reversed(self.asked) if name == operation)

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | Refusal:
        self.asked.append((operation, parameters))
        self.is_expired = self.is_expired or operation == self.expires_at
        if self.is_expired:
            return Refusal("ExpiredTokenException", "The security token included in the request is expired")
        if self.refusals.get(operation):
            return self.refusals[operation].popleft()
        for verb in ("Create", "Describe", "Delete", "Update"):
            kind = operation.removeprefix(verb)
            if kind != operation and kind in _KINDS:
                answer: dict[str, Any] | Refusal = getattr(self, f"_{verb.lower()}")(kind, parameters)
                return answer
        other: dict[str, Any] | Refusal = getattr(self, f"_on_{operation}")(parameters)
        return other

    def _create(self, kind: str, asked: dict[str, Any]) -> dict[str, Any] | Refusal:
        name, arn = self._named(kind, asked)
        if (kind, name) in self.things:
            return Refusal("ValidationException", f'Cannot create already existing {kind} "{arn}".')
        self.things[kind, name] = {**asked, f"{kind}Arn": arn}
        self.tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", ())}
        self._begin(kind, name, "Creating")
        return {f"{kind}Arn": arn}

    def _describe(self, kind: str, asked: dict[str, Any]) -> dict[str, Any] | Refusal:
        name, arn = self._named(kind, asked)
        thing = self.things.get((kind, name))
        if thing is None:
            return Refusal("ValidationException", f'Could not find {kind} "{arn}".')
        shown = {key: value for key, value in thing.items() if not key.startswith("_") and key != "Tags"}
        self._go_on(kind, name)
        return {**shown, "CreationTime": 0, "LastModifiedTime": 0}

    def _delete(self, kind: str, asked: dict[str, Any]) -> dict[str, Any] | Refusal:
        name, arn = self._named(kind, asked)
        thing = self.things.get((kind, name))
        if thing is None:
            return Refusal("ValidationException", f'Could not find {kind} "{arn}".')
        components = [each for (is_kind, _), each in self.things.items() if is_kind == "InferenceComponent"]
        if kind == "Endpoint" and any(each["EndpointName"] == name for each in components):
            return Refusal("ValidationException", f'Cannot delete endpoint "{arn}": it hosts inference components.')
        if kind in _TIMED:
            self._begin(kind, name, "Deleting")
        else:
            del self.things[kind, name]
        return {}

    def _update(self, kind: str, asked: dict[str, Any]) -> dict[str, Any] | Refusal:
        name, arn = self._named(kind, asked)
        thing = self.things.get((kind, name))
        if thing is None:
            return Refusal("ValidationException", f'Could not find {kind} "{arn}".')
        change = {key: value for key, value in asked.items() if key in {"EndpointConfigName", "Specification"}}
        thing["_change"] = change
        self._begin(kind, name, "Updating")
        return {f"{kind}Arn": arn}

    def _begin(self, kind: str, name: str, status: str) -> None:
        if kind in _TIMED:
            thing = self.things[kind, name]
            thing[f"{kind}Status"] = status
            thing.pop("FailureReason", None)
            thing["_looks"] = self.looks
            if self.looks == 0:
                self._go_on(kind, name)

    def _go_on(self, kind: str, name: str) -> None:
        """Let time go by: each look is one step nearer to the end of what is under way."""
        thing = self.things[kind, name]
        status = thing.get(f"{kind}Status")
        if status not in {"Creating", "Updating", "Deleting"}:
            return
        thing["_looks"] -= 1
        if thing["_looks"] > 0:
            return
        if status == "Deleting" and not self.fates.get(name):
            del self.things[kind, name]
            return
        end, reason = self.fates[name].popleft() if self.fates.get(name) else ("InService", "")
        if end == "RolledBack":
            end = "InService"
        else:
            thing.update(thing.pop("_change", {}))
        thing[f"{kind}Status"] = end
        if reason:
            thing["FailureReason"] = reason
        self._run(kind, thing, is_running=end == "InService")

    def _run(self, kind: str, thing: dict[str, Any], *, is_running: bool) -> None:
        if kind == "Endpoint":
            configuration = self.things["EndpointConfig", thing["EndpointConfigName"]]
            (variant,) = configuration["ProductionVariants"]
            count = variant["InitialInstanceCount"] if is_running else 0
            thing["ProductionVariants"] = [{"VariantName": variant["VariantName"], "CurrentInstanceCount": count}]
        else:
            copies = thing["RuntimeConfig"].get("CopyCount", 1)
            thing["RuntimeConfig"] = {"CurrentCopyCount": copies, "DesiredCopyCount": copies}
            thing["EndpointArn"] = self._named("Endpoint", thing)[1]

    def _named(self, kind: str, asked: dict[str, Any]) -> tuple[str, str]:
        parameter, path = _KINDS[kind]
        return asked[parameter], f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{path}/{asked[parameter]}"

    def _on_ListModels(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        return self._listed("Models", asked)

    def _on_ListEndpointConfigs(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._listed("EndpointConfigs", asked)

    def _listed(self, items: str, asked: dict[str, Any]) -> dict[str, Any]:
        """One to a page, so that a test sees whether all pages are read."""
        kind = _LISTED[items]
        parameter, _ = _KINDS[kind]
        found = [name for name in self.names(kind) if asked.get("NameContains", "") in name]
        begin = int(asked.get("NextToken", 0))
        page = [
            {parameter: name, f"{kind}Arn": self._named(kind, {parameter: name})[1], "CreationTime": 0}
            for name in found[begin : begin + 1]
        ]
        more = {"NextToken": str(begin + 1)} if begin + 1 < len(found) else {}
        return {items: page, **more}

    def _on_ListTags(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags[asked["ResourceArn"]].items()]}

    def _on_AddTags(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.tags[asked["ResourceArn"]].update({tag["Key"]: tag["Value"] for tag in asked["Tags"]})
        return {"Tags": []}

    def _on_DeleteTags(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for key in asked["TagKeys"]:
            self.tags[asked["ResourceArn"]].pop(key, None)
        return {}

    def _on_RegisterScalableTarget(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.targets[asked["ResourceId"]] = asked
        return {"ScalableTargetARN": "arn:aws:target"}

    def _on_DeregisterScalableTarget(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802
        if self.targets.pop(asked["ResourceId"], None) is None:
            return Refusal("ObjectNotFoundException", "No scalable target found")
        return {}

    def _on_PutScalingPolicy(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802
        if asked["ResourceId"] not in self.targets:
            return Refusal("ObjectNotFoundException", "No scalable target registered")
        self.policies[asked["ResourceId"], asked["PolicyName"]] = asked
        return {
            "PolicyARN": f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:{asked['PolicyName']}",
            "Alarms": [],
        }

    def _on_DeleteScalingPolicy(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802
        if self.policies.pop((asked["ResourceId"], asked["PolicyName"]), None) is None:
            return Refusal("ObjectNotFoundException", "No scaling policy found")
        return {}

    def _on_DescribeScalableTargets(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = [self.targets[name] for name in asked["ResourceIds"] if name in self.targets]
        return {"ScalableTargets": [{**each, "RoleARN": "arn", "CreationTime": 0} for each in found]}

    def _on_DescribeScalingPolicies(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = [each for (resource, _), each in self.policies.items() if resource == asked["ResourceId"]]
        return {"ScalingPolicies": [{**each, "PolicyARN": "arn", "CreationTime": 0} for each in found]}

    def _on_GetProducts(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"FormatVersion": "aws_v1", "PriceList": self.prices}


class _Server(ThreadingHTTPServer):
    plane: ControlPlane


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        answer = self.server.plane.answer(operation, json.loads(body or b"{}"))
        status = 200
        if isinstance(answer, Refusal):
            status, answer = 400, {"__type": answer.code, "message": answer.message}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@contextmanager
def control_plane() -> Iterator[tuple[ControlPlane, str]]:
    """Yield a control plane and its address, until the end of the block."""
    plane = ControlPlane()
    with served(plane) as address:
        yield plane, address


@contextmanager
def served(plane: ControlPlane) -> Iterator[str]:
    """Yield the address of a control plane, until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.plane = plane
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
