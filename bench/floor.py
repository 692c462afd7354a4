"""
The floor: what it costs to LIST and parse the same, and nothing else.

Run as a program of its own. It imports what it needs for that and no more: the standard
library's HTTP client over one kept connection, and orjson.

    python bench/floor.py PLAN

PLAN is a JSON file: ``url``, ``token``, ``ca`` (PEM), ``limit`` (objects a page), and
``lists``, each a path and what to accept.
"""

import http.client
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson


def main(plan: dict[str, Any]) -> None:
    """List and parse all that *plan* names; print how much that was."""
    connection = http.client.HTTPSConnection(
        plan["url"].removeprefix("https://"),
        context=ssl.create_default_context(cadata=plan["ca"]),
    )
    objects: list[Any] = []
    requests = size = 0
    for path, accept in plan["lists"]:
        token = ""
        while True:
            query = f"limit={plan['limit']}" + (f"&continue={quote(token)}" if token else "")
            headers = {"Authorization": f"Bearer {plan['token']}", "Accept": accept}
            connection.request("GET", f"{path}?{query}", headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status} {text[:200]!r}")
            page = orjson.loads(text)
            objects += page["items"] or ()
            requests, size = requests + 1, size + len(text)
            token = page["metadata"].get("continue") or ""
            if not token:
                break
    sys.stdout.buffer.write(
        orjson.dumps({"objects": len(objects), "requests": requests, "bytes": size})
    )


if __name__ == "__main__":
    main(orjson.loads(Path(sys.argv[1]).read_bytes()))
