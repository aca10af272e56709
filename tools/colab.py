"The studies where interp_kit is not installed, as on Colab: their own first cells install it and load the model, in an empty environment."
import json, os, subprocess, sys, tempfile
from pathlib import Path

from common import copy_sources, notebook_files, read_notebook, source

READ_ON, SECTION = "contraction_circuit", "## How it works"  # a section that takes seconds
# What a cell is run by in a notebook, without one.
RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for name, cells in json.load(open(sys.argv[1])).items():
    for number, cell in enumerate(cells):
        result = shell.run_cell(cell)
        if not result.success: sys.exit(f"{name}, cell {number + 1}:\\n{cell}\\n{result.error_in_exec or result.error_before_exec!r}")
    import interp_kit
    if not interp_kit.__file__.startswith(sys.prefix): sys.exit(f"{name}: interp_kit was found at {interp_kit.__file__}.")
    if "model" not in shell.user_ns: sys.exit(f"{name}: there is no model.")
    shell.reset(new_session=False)
"""


def installing(cells):
    "The number of the cell that installs the package, or None."
    return next((number for number, cell in enumerate(cells) if "%pip install" in cell), None)


def first_cells(file):
    "Code cells of a study, in order: the one that installs, those up to the choice of the model, and what loads it; for one study a section more."
    cells = read_notebook(file)["cells"]
    headings = [number for number, cell in enumerate(cells) if cell["cell_type"] == "markdown" and source(cell).startswith("## ")] + [len(cells)]
    code = lambda some: [source(cell) for cell in some if cell["cell_type"] == "code" and not source(cell).startswith("#| default_exp")]
    loads = next(line for cell in code(cells) for line in cell.split("\n") if "load_model(MODEL)" in line)
    begin = next(number for number in headings[:-1] if file.stem != READ_ON or source(cells[number]).startswith(SECTION))
    more = code(cells[begin:headings[headings.index(begin) + 1]]) if file.stem == READ_ON else []
    return code(cells[:headings[0]]) + [loads] + more


def problem_of(*words, cwd, **env):
    "Empty if a command succeeds, else the end of what it said."
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "IN_TEST")} | env
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout[-3000:] if done.returncode else ""


def published(root, folder):
    "The sources as a git repository, and the variables that make git take it for the one at GitHub."
    copy = copy_sources(root, folder)
    for words in "init -q -b main", "add -A", "-c user.name=a -c user.email=a@b.c -c commit.gpgsign=false commit -q -m all":
        problem = problem_of("git", *words.split(), cwd=copy)
        if problem: raise RuntimeError(problem)
    address = "https://github.com/interp-kit/interp_kit"
    return dict(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0=f"url.{copy.as_uri()}.insteadOf", GIT_CONFIG_VALUE_0=address)


def bare_python(here):
    "The interpreter of the environment in the folder `here`."
    return here/"bare"/("Scripts" if os.name == "nt" else "bin")/"python"


def check_in(root, here):
    "In the folder `here`: an empty environment, into which the first study installs the package."
    studies = [file for file in notebook_files(root) if file.parent.name == "studies"]
    cells = {file.stem: first_cells(file) for file in studies}
    yield "colab: the first cell of each study installs interp_kit where it is not", "\n".join(f"{name}: no first cell has a %pip install." for name, found in cells.items() if installing(found) != 0)
    python = bare_python(here)
    env = published(root, here) | dict(PIP_CONSTRAINT=str(root/"constraints.txt"), PIP_DISABLE_PIP_VERSION_CHECK="1", HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1")
    (here/"cells.json").write_text(json.dumps(dict(sorted(cells.items(), key=lambda item: item[0] != READ_ON))), encoding="utf-8")
    (here/"somewhere").mkdir()
    problem = problem_of(sys.executable, "-m", "venv", here/"bare", cwd=here)
    if not problem: problem = problem_of(python, "-m", "pip", "install", "--quiet", "--no-compile", "ipython", cwd=here, **env)
    yield "colab: an empty environment with IPython", problem
    if problem: return
    problem = problem_of(python, "-c", RUN, here/"cells.json", cwd=here/"somewhere", **env)
    yield f"colab: the studies' own cells install interp_kit, load their models, and run '{SECTION[3:]}' of {READ_ON}", problem


def check(root):
    "In a folder that is gone afterwards."
    with tempfile.TemporaryDirectory() as folder: yield from check_in(root, Path(folder))
