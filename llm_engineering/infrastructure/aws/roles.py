"""Makes whom AWS lets do what: the user that deploys, and the role that containers run as."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsAlreadyThereError, AwsNotThereError
from llm_engineering.infrastructure.aws.key_file import private_file
from llm_engineering.infrastructure.aws.policies import Policy, filled_policy

_IMAGE: Final = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)")
_MOST_VERSIONS: Final = 5
"""AWS keeps no more of a policy."""
_EXECUTION_POLICIES: Final[Mapping[Policy, str | None]] = {
    Policy.EXECUTION_SERVING: None,
    Policy.EXECUTION_MODEL_FILES: "bucket",
    Policy.EXECUTION_DATA_CAPTURE: "capture_bucket",
    Policy.EXECUTION_PIPELINES: "pipeline_bucket",
    Policy.EXECUTION_PIPELINES_JOBS: "pipeline_jobs",
}
"""The policies of the execution role, and the value without which each is not needed."""
_USER_POLICIES: Final[Mapping[Policy, str]] = {
    Policy.DEPLOYER_PIPELINES: "pipeline_bucket",
    Policy.DEPLOYER_PIPELINES_BUILDING: "code_build_project",
}
"""Further policies of the user, and the value without which each is not needed."""
PIPELINE_POLICIES: Final = frozenset(policy for policy in Policy if "_pipelines" in policy)
"""These stay where they are not wanted, unless they are named: who makes a role for an endpoint does not mean them."""
_TAGS: Final = [{"Key": "llm-twin", "Value": "endpoint"}]


class UnknownImageError(InvalidInputError):
    """It cannot be told from the name of an image which repository may be read."""

    def __init__(self, image: str) -> None:
        super().__init__(
            f"{image!r:.120} is no image of Amazon ECR, and SageMaker serves no other.",
            remedy="Set `image` to <account>.dkr.ecr.{region}.amazonaws.com/<repository>:<tag>.",
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    account: str
    partition: str

    @classmethod
    def of(cls, calls: AwsCalls) -> Self:
        """Return who asks.

        Raises:
            AwsError: AWS does not know.
        """
        identity = calls.call("sts", "get_caller_identity")
        return cls(str(identity["Account"]), str(identity["Arn"]).split(":")[1])


@dataclass(frozen=True, slots=True)
class MadeUser:
    """The user that deploys."""

    name: str
    policy: str
    """ARN."""
    keys_file: Path | None
    """Where its new key was written; None if none was made."""
    existing_keys: tuple[str, ...]
    """Ids of the keys that it had before."""


def image_values(image: str) -> dict[str, str]:
    """Return the values of a policy that name the repository of an image.

    Raises:
        UnknownImageError: It is in none of Amazon's.
    """
    found = _IMAGE.match(image.replace("{region}", "region"))
    if found is None:
        raise UnknownImageError(image)
    return {"image_account": found["account"], "image_repository": found["repository"]}


def folder_values(s3_uri: str | None, kind: str = "") -> dict[str, str]:
    """Return the values of a policy that name a folder in S3; empty without one.

    Args:
        s3_uri: A folder, or a file in it.
        kind: What the places in the policy begin with.
    """
    if s3_uri is None:
        return {}
    bucket, _, key = s3_uri.removeprefix("s3://").partition("/")
    folder = key.rpartition("/")[0]
    return {f"{kind}bucket": bucket, f"{kind}prefix": f"{folder}/" if folder else ""}


def make_execution_role(
    calls: AwsCalls,
    role: str,
    values: Mapping[str, str],
    say: Callable[[str], None],
    *,
    without: Collection[Policy] = (),
) -> str:
    """Make the role that containers run as, or bring that which is there to what the policies say; return its ARN.

    Args:
        calls: How AWS is called.
        role: Name of the role.
        values: For the policies; with a `bucket` it may read models from there, with a `capture_bucket` write to that.
        say: Is given a line for each step.
        without: Policies of pipelines that are taken away.

    Raises:
        AwsError: AWS refused something; a further run goes on.
        PolicyValueError: A name cannot stand in a policy.
    """
    trust = json.dumps(filled_policy(Policy.EXECUTION_TRUST, values))
    wanted = {
        policy: filled_policy(policy, values)
        for policy, needed in _EXECUTION_POLICIES.items()
        if needed is None or needed in values
    }
    try:
        arn = str(calls.call("iam", "get_role", RoleName=role)["Role"]["Arn"])
        calls.call("iam", "update_assume_role_policy", RoleName=role, PolicyDocument=trust)
        say(f"role {role} was there; its trust is set anew")
    except AwsNotThereError:
        made = calls.call("iam", "create_role", RoleName=role, AssumeRolePolicyDocument=trust, Tags=_TAGS)
        arn = str(made["Role"]["Arn"])
        say(f"role {role} is made")
    for name, document in wanted.items():
        calls.call("iam", "put_role_policy", RoleName=role, PolicyName=str(name), PolicyDocument=json.dumps(document))
        say(f"policy {name} is set")
    for name in _EXECUTION_POLICIES.keys() - wanted.keys() - (PIPELINE_POLICIES - set(without)):
        with suppress(AwsNotThereError):
            calls.call("iam", "delete_role_policy", RoleName=role, PolicyName=str(name))
            say(f"policy {name} is taken away")
    return arn


def make_deployer(
    calls: AwsCalls,
    user: str,
    values: Mapping[str, str],
    say: Callable[[str], None],
    *,
    keys_file: Path | None,
    without: Collection[Policy] = (),
) -> MadeUser:
    """Make the user that deploys, or bring the one that is there to what the policy says.

    A key is made only for a user that has none: AWS shows it once, so one that was lost cannot be read again.

    Args:
        calls: How AWS is called.
        user: Name of the user, and of its policy.
        values: For the policy.
        say: Is given a line for each step.
        keys_file: Where a new key is written; None makes none.
        without: Policies of pipelines that are taken away.

    Raises:
        AwsError: AWS refused something; a further run goes on.
        PolicyValueError: A name cannot stand in a policy.
        KeyFileError: Others could read the file; no key is made then.
    """
    document = filled_policy(Policy.DEPLOYER, values)
    policy = f"arn:{values['partition']}:iam::{values['account']}:policy/{user}"
    try:
        calls.call("iam", "get_user", UserName=user)
        say(f"user {user} was there")
    except AwsNotThereError:
        calls.call("iam", "create_user", UserName=user, Tags=_TAGS)
        say(f"user {user} is made")
    _set_policy(calls, policy, document, say)
    calls.call("iam", "attach_user_policy", UserName=user, PolicyArn=policy)
    say(f"policy {policy} is attached")
    _set_further_policies(calls, user, policy, values, say, without=without)
    existing = calls.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=user)
    ids = tuple(str(key["AccessKeyId"]) for key in existing)
    if keys_file is None or ids:
        return MadeUser(user, policy, None, ids)
    _write_key(calls, user, keys_file)
    return MadeUser(user, policy, keys_file, ())


def _set_further_policies(
    calls: AwsCalls,
    user: str,
    first: str,
    values: Mapping[str, str],
    say: Callable[[str], None],
    *,
    without: Collection[Policy],
) -> None:
    """Attach the policies whose values are given, and detach those that are taken away. AWS keeps each one short."""
    for name, needed in _USER_POLICIES.items():
        arn = f"{first}-{name.removeprefix('deployer_').replace('_', '-')}"
        if needed in values:
            _set_policy(calls, arn, filled_policy(name, values), say)
            calls.call("iam", "attach_user_policy", UserName=user, PolicyArn=arn)
            say(f"policy {arn} is attached")
        elif name in without:
            with suppress(AwsNotThereError):
                calls.call("iam", "detach_user_policy", UserName=user, PolicyArn=arn)
                say(f"policy {arn} is detached")


def _write_key(calls: AwsCalls, user: str, path: Path) -> None:
    """Make a key and write it down; if it cannot be written, it is deleted again."""
    with private_file(path) as file:  # before the key: one that cannot be written down is not made
        key = calls.call("iam", "create_access_key", UserName=user)["AccessKey"]
        try:
            file.write(f"AWS_ACCESS_KEY={key['AccessKeyId']}\nAWS_SECRET_KEY={key['SecretAccessKey']}\n")
            file.flush()
        except OSError:
            calls.call("iam", "delete_access_key", UserName=user, AccessKeyId=key["AccessKeyId"])
            raise


def _set_policy(calls: AwsCalls, arn: str, document: dict[str, Any], say: Callable[[str], None]) -> None:
    """Make a policy, or give the one that is there a new version if it says something else."""
    text = json.dumps(document)
    name = arn.rpartition("/")[2]
    try:
        policy = calls.call("iam", "get_policy", PolicyArn=arn)["Policy"]
    except AwsNotThereError:
        with suppress(AwsAlreadyThereError):
            calls.call("iam", "create_policy", PolicyName=name, PolicyDocument=text, Tags=_TAGS)
        say(f"policy {name} is made")
        return
    version = str(policy["DefaultVersionId"])
    current = calls.call("iam", "get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    if (json.loads(unquote(current)) if isinstance(current, str) else current) == document:
        say(f"policy {name} says already what it should")
        return
    versions = calls.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)
    if len(versions) >= _MOST_VERSIONS:
        oldest = min((each for each in versions if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"])
        calls.call("iam", "delete_policy_version", PolicyArn=arn, VersionId=oldest["VersionId"])
    calls.call("iam", "create_policy_version", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    say(f"policy {name} has a new version")


def attach_policy(calls: AwsCalls, user: str, arn: str, document: dict[str, Any], say: Callable[[str], None]) -> None:
    """Give a user a policy of its own, which is made, or brought to what the document says.

    Raises:
        AwsError: AWS refused something; a further run goes on.
    """
    _set_policy(calls, arn, document, say)
    calls.call("iam", "attach_user_policy", UserName=user, PolicyArn=arn)
    say(f"policy {arn} is attached")
