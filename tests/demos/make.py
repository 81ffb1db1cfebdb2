"""Writes the AWS CLI output of the demo estates below `src/source/demo` that are described here.

`make.py` writes every one, `make.py --check` only says which file is not as described. `estate.toml` and
`telemetry.toml` of an estate are written by hand, beside the files that come from here.
"""

import sys
from pathlib import Path

import edroplets
import magecloudkit
import roronline
import treepli

ESTATES = {"edroplets": edroplets, "magecloudkit": magecloudkit, "roronline": roronline, "treepli": treepli}
DEMOS = Path(__file__).resolve().parents[2] / "src" / "source" / "demo"


def main(check):
    wrong = []
    for name, estate in ESTATES.items():
        made = {DEMOS / name / path: text for path, text in estate.account().files().items()}
        stale = {path for path in (DEMOS / name).rglob("*.json")} - made.keys()
        wrong += sorted(stale)
        for path, text in made.items():
            if not path.exists() or path.read_text() != text:
                wrong.append(path)
                if not check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
        if not check:
            for path in stale:
                path.unlink()
    for path in wrong:
        print(f"{path.relative_to(DEMOS)} {'is not as described' if check else 'written anew'}")
    return bool(wrong and check)


sys.exit(main(sys.argv[1:] == ["--check"]))
