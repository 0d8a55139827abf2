"""Variables of the environment of a container, as a person sets them in YAML."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

_SECRET_NAME: Final = re.compile(r"(token|secret|password|credential|key)$", re.IGNORECASE)


def _refuse_secrets(variables: Mapping[str, str]) -> Mapping[str, str]:
    secret = sorted(name for name in variables if _SECRET_NAME.search(name))
    if secret:
        raise ValueError(f"{', '.join(secret)} looks like a secret, which everybody could read who may describe it")
    return variables


ContainerVariables = Annotated[
    Mapping[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str], AfterValidator(_refuse_secrets)
]
"""Values by name. Names that look like secrets are refused: AWS shows the variables of what it runs."""
