"""The committed findings, nbs/findings.json: `python tools/findings.py` compares the report's with them, and `--write` puts the report's into the file.

A report is made by `make run`. Findings of other studies and models stay in the file: `interp-kit run block_internals --model house-char-2 --out more`, then
`python tools/findings.py --write more/findings.json`.
"""
import argparse, ast, json, sys
from pathlib import Path

from common import notebook_files, read_notebook, source

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT/"nbs"/"findings.json"


def defaults(root):
    "Study -> the model that it takes when none is named."
    found = {}
    for file in sorted((root/"interp_kit"/"studies").glob("[!_]*.py")):
        run = [node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef) and node.name == "run"]
        found[file.stem] = run[0].args.defaults[0].value
    return found


def grouped(rows):
    "(study, model) -> its findings, in their order."
    found = {}
    for row in rows: found.setdefault((row["study"], row["model"]), []).append(row)
    return found


def read(file):
    "The findings in a file."
    return json.loads(Path(file).read_text(encoding="utf-8"))


def text(groups):
    "The file: one finding a line, so that a change of one is a change of one line."
    lines = [json.dumps(row, ensure_ascii=False) for key in sorted(groups) for row in groups[key]]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def check(root):
    "Every study's findings on its own model are in the file, and its notebook compares them."
    wanted, known = defaults(root), grouped(read(root/"nbs"/"findings.json"))
    for study, model in wanted.items():
        cells = [source(cell) for file in notebook_files(root) if file.stem == study for cell in read_notebook(file)["cells"]]
        compared = any(f'compare_findings(findings, "{study}"' in cell for cell in cells)
        missing = "" if (study, model) in known else f"nbs/findings.json has none: python tools/findings.py --write"
        yield f"the findings of {study} on {model} are committed, and compared when its notebook is run", missing or ("" if compared else f"nbs/studies/{study}.ipynb does not call compare_findings.")
    strange = sorted({study for study, _ in known} - set(wanted))
    yield "the committed findings are of studies that there are", ", ".join(strange)


def main(words):
    "Compare or write; exit status 1 if something differs."
    from interp_kit.findings import differences, kept_finding, write_whole
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("report", nargs="?", default="report/findings.json", help="findings of a report")
    parser.add_argument("--write", action="store_true", help="put the report's findings into nbs/findings.json")
    asked = parser.parse_args(words)
    found = grouped(kept_finding(row["study"], row["model"], row) for row in read(asked.report))
    known = grouped(read(COMMITTED)) if COMMITTED.exists() else {}
    rows = [line for key in found for line in differences(found[key], known.get(key, []))]
    print("\n".join(rows) or f"{sum(map(len, found.values()))} findings, as committed.")
    if asked.write: write_whole(COMMITTED, text({**known, **found}))
    return int(bool(rows) and not asked.write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
