"""Judges what `bartizan schedule print` wrote with other people's validators: KIND FILE ...

`times` reads lines of `EXPRESSION<tab>ZONE<tab>FROM<tab>COUNT` and prints what croniter says comes next.
"""

import datetime
import pathlib
import subprocess
import sys
import zoneinfo

import croniter
import crontab

BIN = pathlib.Path(sys.executable).parent


def tool(*words):
    ended = subprocess.run([str(BIN / words[0]), *words[1:]], capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(words)}: {ended.stdout}{ended.stderr}")


def cron(path):
    text = pathlib.Path(path).read_text()
    jobs = [job for job in crontab.CronTab(tab=text, user=False) if job.is_enabled()]
    if len(jobs) != 1 or not jobs[0].is_valid():
        sys.exit(f"{path}: not one valid job: {jobs}")
    if jobs[0].user != "bartizan":
        sys.exit(f"{path}: the user is {jobs[0].user}")


def times():
    for line in sys.stdin:
        expression, zone, start, count = line.rstrip("\n").split("\t")
        start = datetime.datetime.fromisoformat(start).astimezone(zoneinfo.ZoneInfo(zone))
        coming = croniter.croniter(expression, start, ret_type=datetime.datetime)
        print(" ".join(str(int(coming.get_next().timestamp())) for _ in range(int(count))))


JUDGES = {
    "cfn": lambda path: tool("cfn-lint", "--include-checks", "I", "--", path),
    "cron": cron,
    "github": lambda path: tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path),
    "gitlab": lambda path: tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", path),
    "k8s": lambda path: tool("kubernetes-validate", "--strict", path),
}

if __name__ == "__main__":
    if sys.argv[1] == "times":
        times()
    else:
        for path in sys.argv[2:]:
            JUDGES[sys.argv[1]](path)
