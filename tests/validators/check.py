"""Has the reports of an audit judged by validators that are not ours.

Each argument is a directory with `report.<extension>` in every format. Prints what is wrong; says nothing when
nothing is.
"""

import csv
import io
import json
import re
import sys
from pathlib import Path

import botocore.loaders
import botocore.model
import botocore.validate
import duckdb
import html5lib
import jsonschema
import junitparser
from markdown_it import MarkdownIt
from ocsf.v1_6_0.events import ComplianceFinding
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding as OtherComplianceFinding
from pydantic import BaseModel

# What a reader could be misled by, or a terminal act on.
HOSTILE = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def demand(truth, told):
    """Like `assert`, but also in an optimised interpreter."""
    if not truth:
        raise AssertionError(told)


def unknown_fields(model, path=""):
    """The fields of a model and of what is in it that the schema does not have."""
    fields = [f"{path}.{name}" for name in model.model_extra or {}]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, BaseModel):
                fields += unknown_fields(item, f"{path}.{name}")
    return fields


def check_ocsf(text, facts):
    events = json.loads(text)
    for event in events:
        model = ComplianceFinding.model_validate(event)
        # The class knows neither profiles nor that what is unmapped may have any field.
        allowed = re.compile(r"\.cloud$|\.unmapped\." if "cloud" in event["metadata"]["profiles"] else r"\.unmapped\.")
        strange = [field for field in unknown_fields(model) if not allowed.match(field)]
        demand(not strange, f"not in OCSF 1.6: {strange}")
        OtherComplianceFinding.model_validate(event)
        demand(event["type_uid"] == event["class_uid"] * 100 + event["activity_id"], "type_uid")
    status = {1: "PASS", 3: "FAIL", 2: "UNKNOWN", 99: "NOT-APPLICABLE"}
    found = {event["finding_info"]["uid"]: status[event["compliance"]["status_id"]] for event in events}
    waived = {event["finding_info"]["uid"] for event in events if event["status_id"] == 3}
    found.update((finding, "WAIVED") for finding in waived)
    demand(found == facts["status"], "OCSF holds other findings")


def check_sarif(text, facts):
    log = json.loads(text)
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text())
    jsonschema.Draft7Validator(schema).validate(log)
    (run,) = log["runs"]
    results = run["results"]
    for result in results:
        # What is wrong with a waiver is found by no rule of a pack.
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]] if "ruleIndex" in result else None
        demand(rule is None or rule["id"] == result["ruleId"], "ruleIndex")
    found = {
        result["partialFingerprints"]["bartizanFinding/v1"]: "WAIVED" if result.get("suppressions") else "FAIL"
        for result in results
    }
    wanted = {finding: status for finding, status in facts["status"].items() if status in ("FAIL", "WAIVED")}
    demand(found == wanted, "SARIF holds other findings")
    demand(run["invocations"][0]["executionSuccessful"] == facts["complete"], "SARIF says otherwise of completeness")


def check_junit(text, facts):
    suites = junitparser.JUnitXml.fromstring(text.encode())
    counted = {"PASS": 0, "FAIL": 0, "UNKNOWN": 0, "skipped": 0}
    word = {junitparser.Failure: "FAIL", junitparser.Error: "UNKNOWN", junitparser.Skipped: "skipped"}
    for suite in suites:
        before = dict(counted)
        for case in suite:
            outcome = word[type(case.result[0])] if case.result else "PASS"
            counted[outcome] += 1
        added = {outcome: counted[outcome] - before[outcome] for outcome in counted}
        told = (suite.tests, suite.failures, suite.errors, suite.skipped)
        demand(told == (sum(added.values()), added["FAIL"], added["UNKNOWN"], added["skipped"]), "JUnit's sums")
        if suite.name == "coverage":
            demand((suite.errors == 0) == facts["complete"], "JUnit says otherwise of completeness")
            counted = before
    statuses = list(facts["status"].values())
    wanted = {status: statuses.count(status) for status in ("PASS", "FAIL", "UNKNOWN")}
    wanted["skipped"] = statuses.count("NOT-APPLICABLE") + statuses.count("WAIVED")
    demand(counted == wanted, f"JUnit holds other findings: {counted}, not {wanted}")
    if not facts["complete"]:
        demand("INCOMPLETE" in text.splitlines()[1], "JUnit does not begin with what is missing")


def check_csv(text, facts):
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    demand(all(None not in row and None not in row.values() for row in rows), "CSV has uneven rows")
    findings = [row for row in rows if row["finding_id"]]
    demand({row["finding_id"]: row["status"] for row in findings} == facts["status"], "CSV holds other findings")
    cells = [cell for row in rows for cell in row.values()]
    demand(not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")], "CSV holds a formula")
    if not facts["complete"]:
        demand(rows[0]["status"] == "INCOMPLETE", "CSV does not begin with what is missing")


def check_markdown(text, facts):
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    widths = set()
    for token in tokens:
        demand(token.type != "html_block", f"Markdown holds markup: {token.content}")
        for child in token.children or []:
            inline = child.type == "html_inline" and child.content != "<br>"
            demand(not inline, f"Markdown holds markup: {child.content}")
            demand(child.type not in ("link_open", "image"), f"Markdown holds a link: {token.content}")
        if token.type == "tr_open":
            cells = 0
        if token.type in ("td_open", "th_open"):
            cells += 1
        if token.type == "tr_close":
            widths.add(cells)
    demand(widths <= {2, 4, 5, 10}, f"Markdown has broken tables: {widths}")
    plain = " ".join(token.content for token in tokens if token.type == "inline")
    missing = [f for f, status in facts["status"].items() if status in ("FAIL", "UNKNOWN", "WAIVED") and f not in plain]
    demand(not missing, f"Markdown lacks findings: {missing}")
    if not facts["complete"]:
        demand("INCOMPLETE" in "".join(text.splitlines()[:6]), "Markdown does not begin with what is missing")


def check_asff(text, facts):
    findings = json.loads(text)
    service = botocore.loaders.Loader().load_service_model("securityhub", "service-2")
    shape = botocore.model.ServiceModel(service).operation_model("BatchImportFindings").input_shape
    for begin in range(0, len(findings), 100):
        report = botocore.validate.ParamValidator().validate({"Findings": findings[begin : begin + 100]}, shape)
        demand(not report.has_errors(), report.generate_report())
    found = {}
    for finding in findings:
        demand(set(finding) >= {"SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId"}, "ASFF lacks fields")
        demand(len(finding["Title"]) <= 256 and len(finding["Description"]) <= 1024, "ASFF holds too long a text")
        demand(len(finding["ProductFields"]) <= 50, "ASFF holds too many fields")
        demand(len(json.dumps(finding)) <= 240_000, "ASFF holds too large a finding")
        found[finding["ProductFields"]["bartizan/finding"]] = finding["Compliance"]["StatusReasons"][0]["ReasonCode"]
    wanted = {finding: status.replace("-", "_") for finding, status in facts["status"].items()}
    demand(found == wanted, "ASFF holds other findings")


def check_html(text, facts):
    page = html5lib.HTMLParser(strict=True, tree=html5lib.treebuilders.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = page.parse(text)
    demand(len(list(tree.iter("script"))) == 1, "HTML holds a script that is not ours")
    for element in tree.iter():
        demand(element.tag not in ("img", "iframe", "object", "link", "base", "form"), f"HTML holds {element.tag}")
        handlers = [name for name in element.attrib if name.startswith("on") or name in ("src", "style")]
        demand(not handlers, f"HTML holds {handlers}")
        demand(element.attrib.get("href", "#").startswith("#"), "HTML leads elsewhere")
    anchors = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    demand(len(anchors) == len(set(anchors)), "HTML holds an id twice")
    links = {element.attrib["href"][1:] for element in tree.iter("a")} - {"findings"}
    demand(links <= set(anchors), f"HTML leads nowhere: {links - set(anchors)}")
    shown = {anchor[2:] for anchor in anchors if anchor.startswith("f-")}
    wanted = {f for f, status in facts["status"].items() if status in ("FAIL", "UNKNOWN", "WAIVED")}
    demand(shown == wanted, "HTML holds other findings")
    demand(len(text) <= 2_000_000, "HTML is too large")
    body = text[text.index("<body>") :]
    if not facts["complete"]:
        demand("INCOMPLETE" in body[:400], "HTML does not begin with what is missing")


def check_github(text, facts):
    for line in text.splitlines():
        demand(re.match(r"::(error|warning|notice) title=[^:,]*::", line), f"not a workflow command: {line}")
    if not facts["complete"]:
        demand("INCOMPLETE" in text.splitlines()[0], "the annotations do not begin with what is missing")


def check_parquet(path, facts):
    table = duckdb.connect()
    # A view takes no parameter.
    table.execute("CREATE TABLE report AS SELECT * FROM read_parquet(?)", [str(path)])
    rows = table.execute("SELECT fingerprint, status FROM report").fetchall()
    demand(dict(rows) == facts["status"] and len(rows) == len(facts["status"]), "Parquet holds other findings")
    told = {finding["id"]: finding for finding in facts["report"]["findings"]}
    columns = ("rule", "severity", "account", "region", "resource_type", "environment", "pack")
    for fingerprint, *values in table.execute(f"SELECT fingerprint, {', '.join(columns)} FROM report").fetchall():
        demand(values == [told[fingerprint][column] for column in columns], f"Parquet says otherwise of {fingerprint}")
    ids = table.execute("SELECT DISTINCT severity, severity_id FROM report").fetchall()
    words = ["informational", "low", "medium", "high", "critical"]
    demand(all(words[number - 1] == word for word, number in ids), f"Parquet's severities: {ids}")
    kinds = dict(table.execute("SELECT column_name, column_type FROM (DESCRIBE report)").fetchall())
    demand(kinds["time"] == kinds["read_at"] == "TIMESTAMP WITH TIME ZONE", f"Parquet's times are {kinds['time']}")
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    for row in table.execute(f"SELECT {', '.join(texts)} FROM report").fetchall():
        for text in filter(None, row):
            demand(not HOSTILE.search(text), f"Parquet holds {HOSTILE.search(text)}")
    metadata = dict(table.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall())
    manifest = json.loads(metadata[b"bartizan.manifest"])
    whole = {name: value for name, value in facts["report"].items() if name not in ("findings", "rules")}
    demand(manifest == whole, "Parquet rests on something else")


CHECKS = {
    "ocsf.json": check_ocsf,
    "sarif": check_sarif,
    "xml": check_junit,
    "csv": check_csv,
    "md": check_markdown,
    "asff.json": check_asff,
    "html": check_html,
    "github": check_github,
}


def main():
    wrong = 0
    for directory in map(Path, sys.argv[1:]):
        report = json.loads((directory / "report.json").read_text())
        status = {finding["id"]: finding["status"] for finding in report["findings"]}
        facts = {"status": status, "complete": report["complete"], "report": report}
        if (table := directory / "report.parquet").exists():
            try:
                check_parquet(table, facts)
            except Exception as error:  # a validator's own kinds
                wrong += 1
                print(f"{directory.name}/report.parquet: {type(error).__name__}: {str(error)[:2000]}")
        for extension, check in CHECKS.items():
            text = (directory / f"report.{extension}").read_bytes().decode()
            try:
                told = HOSTILE.search(text)
                demand(not told, f"holds {told and told[0]!r} at {told and told.start()}")
                check(text, facts)
            except Exception as error:  # a validator's own kinds
                wrong += 1
                print(f"{directory.name}/report.{extension}: {type(error).__name__}: {str(error)[:2000]}")
    sys.exit(1 if wrong else 0)


main()
