"The package as others get it: a wheel, installed in an empty environment elsewhere, runs a study."
import os, subprocess, sys, tempfile
from pathlib import Path

from browser import look_at_cards
from common import copy_sources

STUDY = "mover_heads"
LOOK = """
import interp_kit, pathlib, sys
home = pathlib.Path(interp_kit.__file__).resolve()
assert home.is_relative_to(pathlib.Path(sys.prefix).resolve()), f"imported from {home}"
for name in interp_kit.__all__: getattr(interp_kit, name)
"""


def problem(*command, cwd):
    "Empty if the command succeeds, else the end of what it said."
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "IN_TEST")} | {"OMP_NUM_THREADS": "1"}  # other checks run beside it
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else f"{Path(command[0]).name} ended with {done.returncode}:\n{done.stdout[-3000:]}"


def look_inside(wheel):
    "What is missing from the wheel, or too much in it."
    import zipfile
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in "interp_kit/command.py", f"interp_kit/studies/{STUDY}.py", "interp_kit/house/checkpoints/house-story/model.safetensors":
        if wanted not in names: yield f"The wheel does not contain {wanted}."
    for name in names:
        if not name.startswith(("interp_kit/", "interp_kit-")): yield f"The wheel contains {name}, which is no part of the package."


def missing_report(folder):
    "What the report should contain and does not."
    for name in "index.html", f"{STUDY}.html", "findings.csv", "findings.json":
        if not (folder/name).is_file() or not (folder/name).stat().st_size: yield f"The report has no {name}; it has {', '.join(sorted(f.name for f in folder.glob('*'))) or 'nothing'}."


def check(root):
    "Build, install, import, run, and open what it wrote."
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        programs, report = here/"empty"/("Scripts" if os.name == "nt" else "bin"), here/"somewhere/report"
        python, command = programs/"python", programs/"interp-kit"
        report.parent.mkdir()
        failed = problem(sys.executable, "-m", "build", "--wheel", "--outdir", here, copy_sources(root, here), cwd=here)
        wheel = next(here.glob("*.whl"), None)
        yield "package: a wheel is built", failed or "\n".join(look_inside(wheel))
        if not wheel: return
        failed = problem(sys.executable, "-m", "venv", here/"empty", cwd=here)
        failed = failed or problem(python, "-m", "pip", "install", "--quiet", "--no-compile", "-c", root/"constraints.txt", wheel, cwd=here)
        yield "package: the wheel installs in an empty environment", failed
        if failed: return
        yield "package: every name of the installed package resolves", problem(python, "-c", LOOK, cwd=report.parent)
        failed = problem(command, "run", STUDY, "--out", report, cwd=report.parent)
        yield f"package: the installed command runs {STUDY}", failed or "\n".join(missing_report(report))
        yield from look_at_cards(report)
