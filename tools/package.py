"The package as others get it: installed in an empty environment by the notebooks' own cells, then as a wheel, it runs a study."
import os, subprocess, sys, tempfile
from pathlib import Path

import colab
from browser import look_at_cards
from colab import bare_python
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


def check_wheel(root, here):
    "Build, install, import, run, and open what it wrote, in the environment where the notebooks have installed what the package asks for."
    python, report = bare_python(here), here/"elsewhere/report"
    report.parent.mkdir()
    (here/"wheel").mkdir()
    failed = problem(sys.executable, "-m", "build", "--wheel", "--outdir", here/"wheel", copy_sources(root, here/"wheel"), cwd=here)
    wheel = next(here.glob("wheel/*.whl"), None)
    yield "package: a wheel is built", failed or "\n".join(look_inside(wheel))
    if not wheel: return
    pip = python, "-m", "pip"
    failed = problem(*pip, "install", "--quiet", "--no-compile", "--no-deps", "--force-reinstall", wheel, cwd=here) or problem(*pip, "check", cwd=here)
    yield "package: the wheel installs, and asks for nothing that is not there", failed
    if failed: return
    yield "package: every name of the installed package resolves", problem(python, "-c", LOOK, cwd=report.parent)
    failed = problem(python.with_name("interp-kit"), "run", STUDY, "--out", report, cwd=report.parent)
    yield f"package: the installed command runs {STUDY}", failed or "\n".join(missing_report(report))
    yield from look_at_cards(report)


def check(root):
    "The studies' own first cells in an empty environment, then the wheel in the same one."
    with tempfile.TemporaryDirectory() as folder:
        yield from colab.check_in(root, Path(folder))
        yield from check_wheel(root, Path(folder))
