"""Runs dbt commands in one process: a line of JSON in, {"args": [...], "env": {...}}, and a line of JSON out."""

import contextlib
import io
import json
import os
import sys

from dbt.cli.main import dbtRunner

base = dict(os.environ)
for line in sys.stdin:
    command = json.loads(line)
    os.environ.clear()
    os.environ.update({**base, **command["env"]})
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        done = dbtRunner().invoke(command["args"])
    results = getattr(done.result, "results", [])
    answer = {
        "ok": done.success,
        "results": {result.node.name: str(result.status) for result in results},
        "output": output.getvalue() + str(done.exception or ""),
    }
    print(json.dumps(answer), flush=True)
