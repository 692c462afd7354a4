"""
A GitHub Actions workflow: findings as code scanning alerts, the report as job summary and file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from edgeops.core.fleet.model import Fleet
from edgeops.core.plan.manifest import Body
from edgeops.core.schedule.settings import Settings

_USER = 1001
"""Who a hosted runner's own steps are; another user could not write to its folders."""

_CHECK = """\
umask 077
printf '%s' "$KUBECONFIG_DATA" > "$RUNNER_TEMP/kubeconfig"
status=0
edgeops{place} drift --kubeconfig "$RUNNER_TEMP/kubeconfig"{flags} \\
  --history .edgeops-state/history.sqlite{notify} \\
  -o json --output-file drift.json || status=$?
rm -f "$RUNNER_TEMP/kubeconfig"
echo "status=$status" >> "$GITHUB_OUTPUT"
test -s drift.json || exit "$status"
edgeops report convert drift.json -o markdown >> "$GITHUB_STEP_SUMMARY"
edgeops report convert drift.json -o sarif --output-file drift.sarif
edgeops report convert drift.json -o html --output-file drift.html
"""


def workflow(fleet: Fleet, settings: Settings) -> Body:
    """The workflow as a value; it runs in the container image of the settings."""
    path = fleet.repository.path
    place = "" if path == "." else f" -C {_shell(path)}"
    flags = "" if settings.cluster is None else f" --cluster {settings.cluster}"
    notify = " --notify" if fleet.drift.notify else ""
    secrets = {
        name: f"${{{{ secrets.{name} }}}}"
        for name in sorted(
            target.url[4:] for target in fleet.drift.notify if target.url.startswith("env:")
        )
    }
    steps: list[Body] = [
        {"uses": "actions/checkout@v4", "with": {"fetch-depth": 0}},
        {
            "name": "Remember what earlier checks found",
            "uses": "actions/cache@v4",
            "with": {
                "path": ".edgeops-state",
                "key": f"edgeops-{fleet.name}-${{{{ github.run_id }}}}",
                "restore-keys": f"edgeops-{fleet.name}-\n",
            },
        },
        {
            "name": "Compare",
            "id": "drift",
            "env": {"KUBECONFIG_DATA": "${{ secrets.KUBECONFIG_DATA }}", **secrets},
            "run": _CHECK.format(place=place, flags=flags, notify=notify),
        },
        {
            "name": "Show findings in code scanning",
            "if": "always() && hashFiles('drift.sarif') != ''",
            "uses": "github/codeql-action/upload-sarif@v3",
            "with": {"sarif_file": "drift.sarif", "category": "edgeops-drift"},
        },
        {
            "name": "Keep the report",
            "if": "always() && hashFiles('drift.json') != ''",
            "uses": "actions/upload-artifact@v4",
            "with": {"name": "drift", "path": "drift.*\n", "retention-days": 90},
        },
        {
            "name": "Fail on drift (1) and on what could not be read (2)",
            "env": {"STATUS": "${{ steps.drift.outputs.status }}"},
            "run": 'exit "$STATUS"\n',
        },
    ]
    return {
        "name": "Drift",
        "on": {"schedule": [{"cron": settings.cron}], "workflow_dispatch": {}},
        "permissions": {"contents": "read", "security-events": "write"},
        "concurrency": {"group": "edgeops-drift", "cancel-in-progress": False},
        "jobs": {
            "drift": {
                "runs-on": "ubuntu-24.04",
                "timeout-minutes": 30,
                "container": {"image": settings.image, "options": f"--user {_USER}"},
                "defaults": {"run": {"shell": "sh -e {0}"}},
                "steps": steps,
            }
        },
    }


def _shell(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
