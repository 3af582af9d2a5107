"""Passwords and tokens, which belong into no address: addresses stand in records, commands, logs and queues."""

import re
from typing import Any

IN_ADDRESS = re.compile(
    r"://[^/?#\s]*:[^/?#\s]*@"
    r"|://.*[?&](sig|key|[^=&]*(passw|token|secret|signature|credential|api_?key|access_?key)[^=&]*)=",
    re.IGNORECASE,
)


def refuse_credentials(node: Any, name: str) -> None:
    """A ValueError that names a setting, or a part of one, which is an address with a password or a token in it."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        refuse_credentials(part, f"{name}.{key}" if name else str(key))
    if isinstance(node, str) and IN_ADDRESS.search(node):
        raise ValueError(
            f"{name}: a password or token in an address would stand in records, commands and logs; leave it out, and "
            "give it in ~/.netrc (https://), or in the environment or the files where the place's own tools look for it"
        )
