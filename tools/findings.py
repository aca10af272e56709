"""The committed findings, nbs/findings.json: `python tools/findings.py` compares the report's with them, and `--write` puts the report's into the file.

A report is made by `make run`: the studies on their own models by `interp-kit run`, and on every other model that the file has findings of by `--twins`,
each in a folder of its own within the report. Findings of studies and models that are not in the report stay in the file. Those of one more model are
added by `interp-kit run STUDY --model MODEL --out FOLDER` and `python tools/findings.py FOLDER --write`.
"""
import argparse, ast, json, os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from common import notebook_files, read_notebook, source

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT/"nbs"/"findings.json"
SIDE_BY_SIDE = 2


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


def reported(report, models):
    "The findings in a report, and in the folders of these models within it, if they are there."
    return [row for file in (report/"findings.json", *(report/model/"findings.json" for model in models)) if file.exists() for row in read(file)]


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


def twins(known, own):
    "Model -> the studies that the file has findings of on it, beside those on their own models."
    found = {}
    for study, model in sorted(known):
        if own.get(study) != model: found.setdefault(model, []).append(study)
    return found


def run_on(model, studies, report):
    "Run these studies on that model, in one thread, into a folder of the report; what was said if it failed."
    command = [Path(sys.executable).with_name("interp-kit"), "run", *studies, "--model", model, "--out", report/model]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return f"{', '.join(studies)} on {model} ended with {done.returncode}:\n{done.stdout[-3000:]}" if done.returncode else ""


def run_twins(models, report):
    "Run the studies on these models, two models at a time; what failed."
    from tqdm.auto import tqdm
    print("\nThe same studies on the twins of these models: are the findings those of one training?", flush=True)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        jobs = {pool.submit(run_on, model, studies, report): model for model, studies in models.items()}
        bar = tqdm(as_completed(jobs), "models", total=len(jobs))
        return [problem for job in bar if (problem := job.result())]


def main(words):
    "Compare or write; exit status 1 if something differs."
    from interp_kit.findings import differences, kept_finding, write_whole
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("report", nargs="?", type=Path, default=Path("report"), help="folder of a report")
    parser.add_argument("--twins", action="store_true", help="first run the studies on the other models that nbs/findings.json has findings of, into that folder")
    parser.add_argument("--write", action="store_true", help="put the report's findings into nbs/findings.json")
    asked = parser.parse_args(words)
    known = grouped(read(COMMITTED)) if COMMITTED.exists() else {}
    models = twins(known, defaults(ROOT))
    failed = run_twins(models, asked.report) if asked.twins else []
    found = grouped(kept_finding(row["study"], row["model"], row) for row in reported(asked.report, models))
    if not found: sys.exit(f"There are no findings in {asked.report}: make them with 'make run', or name the folder of a report.")
    if asked.twins: failed += [f"There are no findings of {study} on {model}." for study, model in known if (study, model) not in found]
    rows = failed + [line for key in found for line in differences(found[key], known.get(key, []))]
    print("\n".join(rows) or f"{sum(map(len, found.values()))} findings, as committed.")
    if asked.write and not failed: write_whole(COMMITTED, text({**known, **found}))
    return int(bool(failed) or bool(rows) and not asked.write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
