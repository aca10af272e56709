"What several checks need."
import hashlib, json, os, shutil
from fnmatch import fnmatch
from pathlib import Path

MADE = (".git", ".venv", "_proc", "_docs", "report", "build", "dist", "*.egg-info", "__pycache__", ".quarto", ".training", "*.training",
        ".ipynb_checkpoints", ".hypothesis", "nbdev.yml")  # the last one is written where pages are staged, from pyproject.toml


class Skip(str):
    "Why a check was not made."


def fingerprints(root):
    "Path -> digest, for every file below `root` that is not made from the others."
    found, kept = {}, lambda names: [name for name in names if not any(fnmatch(name, made) for made in MADE)]
    for folder, folders, files in os.walk(root):
        folders[:] = kept(folders)
        for file in (Path(folder)/f for f in kept(files)):
            if not file.is_symlink(): found[file.relative_to(root).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def differences(before, after):
    "The files that two fingerprints do not share."
    return sorted(file for file in before | after if before.get(file) != after.get(file))


def copy_sources(root, folder):
    "A copy of the repository without what is made from it, so that a check can change files."
    return shutil.copytree(root, folder/"copy", symlinks=True, ignore=shutil.ignore_patterns(*MADE))


def notebook_files(root):
    "The notebooks of the project, in the order of their names."
    return sorted(f for f in root.glob("nbs/**/*.ipynb") if not any(part[0] in "._" for part in f.relative_to(root).parts))


def templates(root):
    "Notebooks to be copied, whose names begin with an underscore: nbdev passes them by."
    return sorted(f for f in root.glob("nbs/**/_*.ipynb") if not any(part[0] in "._" for part in f.relative_to(root).parent.parts))


def read_notebook(file):
    "A notebook as plain data."
    return json.loads(file.read_text(encoding="utf-8"))


def source(cell):
    "The text of a cell, which the format keeps as one string or as lines."
    return "".join(cell["source"])
