"""Lets the role that containers run as, and the user that deploys, do what jobs need: no more than one folder in S3."""

import json
from collections.abc import Callable, Mapping

from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_requests import below
from llm_engineering.infrastructure.aws.policies import Policy, filled_policy
from llm_engineering.infrastructure.aws.roles import attach_policy, folder_values, image_values


def training_values(job: SageMakerJob) -> dict[str, str]:
    """Return the values of the policies for jobs that the configuration says.

    Raises:
        UnknownImageError: The image is in none of Amazon's repositories.
    """
    kept = job.checkpoints or below(job.output, "checkpoints")
    return {
        "training_name": job.name,
        **{f"training_{name}": value for name, value in image_values(job.image).items()},
        **folder_values(below(job.output, ""), "training_"),
        **folder_values(below(kept, ""), "checkpoints_"),
    }


def allow_training(
    calls: AwsCalls, role: str, user: str | None, values: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Give the role and the user what jobs need, beside what they may already; what is there is set anew.

    Args:
        calls: How AWS is called.
        role: Name of the role that containers run as.
        user: Name of the user that starts jobs; None: somebody who may already.
        values: For the policies.
        say: Is given a line for each step.

    Raises:
        AwsError: AWS refused something, or there is no such role or user; a further run goes on.
        PolicyValueError: A name cannot stand in a policy.
    """
    document = filled_policy(Policy.EXECUTION_TRAINING, values)
    for_user = filled_policy(Policy.DEPLOYER_TRAINING, values)  # before anything is changed: it may not be possible
    calls.call(
        "iam",
        "put_role_policy",
        RoleName=role,
        PolicyName=str(Policy.EXECUTION_TRAINING),
        PolicyDocument=json.dumps(document),
    )
    say(f"policy {Policy.EXECUTION_TRAINING} of the role {role} is set")
    if user is not None:
        arn = f"arn:{values['partition']}:iam::{values['account']}:policy/{user}-training"
        attach_policy(calls, user, arn, for_user, say)
