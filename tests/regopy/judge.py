"""Judges fixtures with rego-cpp: reads cases as JSON lines, prints one verdict for each.

A case is {"rego": text, "package": name, "input": {...}}. Only counts and truth values are asked for, because the
engine does not escape text in its answers.
"""

import json
import sys

from regopy import Interpreter


def main():
    for line in sys.stdin:
        case = json.loads(line)
        interpreter = Interpreter()
        interpreter.add_module("rule", case["rego"])
        interpreter.set_input(case["input"])
        print(verdict(interpreter, f"data.{case['package']}"), flush=True)


def verdict(interpreter, rule):
    failures = answer(interpreter, f"count({rule}.fail)")
    passes = answer(interpreter, f"{rule}.pass")
    if failures and passes:
        return "both PASS and FAIL"
    if failures:
        return "FAIL"
    if answer(interpreter, f"{rule}.not_applicable"):
        return "NOT-APPLICABLE"
    return "PASS" if passes else "UNKNOWN"


def answer(interpreter, query):
    text = str(interpreter.query(query))
    return None if text == "undefined" else json.loads(text)["expressions"][0]


main()
