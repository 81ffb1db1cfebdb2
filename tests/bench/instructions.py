#!/usr/bin/env python3
"""Counts the instructions that reachability takes, and fails when they have grown.

Times say little on a busy machine; instruction counts are the same whatever else it does. The program is the
benchmark that `cargo build --release --all-targets` has built, run under valgrind's callgrind, which counts only
inside the functions named below. `tests/bench/instructions.toml` holds what was counted before; with `--accept` the
new counts are written there.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
BOOK = HERE / "instructions.toml"
# What grows by more than this is a regression; a change of compiler may need new counts.
TOLERANCE = 0.05
PARTS = {"build": "*reach*build*new*", "internet": "*Network*exposures*", "chains": "*chain_from_internet*"}


def program():
    command = ["cargo", "test", "--release", "--bench", "reach", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parent.parent).stdout
    made = (json.loads(line) for line in lines.splitlines() if line.startswith("{"))
    return next(m["executable"] for m in made if m.get("target", {}).get("name") == "reach" and m.get("executable"))


def count(binary, pattern, interfaces):
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--toggle-collect={pattern}"]
        command += [f"--callgrind-out-file={out.name}", binary, "--once", str(interfaces)]
        said = subprocess.run(command, capture_output=True, text=True)
    counted = re.search(r"Collected : (\d+)", said.stderr)
    if said.returncode or not counted or not int(counted[1]):
        sys.exit(f"`{pattern}` counted nothing: {said.stderr[-500:]}")
    return int(counted[1])


def main():
    if not shutil.which("valgrind"):
        print("valgrind is not installed: the instructions were not counted")
        return 0
    book = {name: int(number) for name, number in re.findall(r"^(\w+) = (\d+)$", BOOK.read_text(), re.MULTILINE)}
    binary, grown = program(), []
    counts = {part: count(binary, pattern, book["interfaces"]) for part, pattern in PARTS.items()}
    for part, now in counts.items():
        before = book.get(part, 0)
        print(f"{part:10} {now:12,} instructions, {before:12,} before")
        if now > before * (1 + TOLERANCE):
            grown.append(part)
    if "--accept" in sys.argv:
        lines = [f"# Written by `tests/bench/instructions.py --accept`.\ninterfaces = {book['interfaces']}\n\n[instructions]"]
        BOOK.write_text("\n".join(lines + [f"{part} = {now}" for part, now in counts.items()]) + "\n")
    elif grown:
        print(f"grown by more than {TOLERANCE:.0%}: {', '.join(grown)}; mend it, or accept it with --accept")
        return 1
    return 0


sys.exit(main())
