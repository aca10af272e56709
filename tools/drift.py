"Cleaning and exporting the notebooks changes nothing: what is in the repository is what they make. Done on a copy."
import os, subprocess, sys, tempfile
from pathlib import Path

from common import copy_sources, differences, fingerprints, templates


def changed_by(words, copy):
    "The files of `copy` that running nbdev's command there changes, makes or removes, or the error that it ends with."
    command, *options = words.split()
    before = fingerprints(copy)
    env = {key: value for key, value in os.environ.items() if key != "IN_TEST"} | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([Path(sys.executable).with_name(command), *options], cwd=copy, env=env, capture_output=True, text=True)
    if done.returncode: return done.stdout + done.stderr
    return "".join(f"{file} changes: run {words} and commit what it makes.\n" for file in differences(before, fingerprints(copy)))


def check(root):
    "Clean, then export; templates by name, which nbdev passes by otherwise."
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_sources(root, Path(folder))
        named = [f"nbdev-export --path {file.relative_to(root).as_posix()}" for file in templates(root)]
        for words in "nbdev-clean", "nbdev-export", *named: yield f"drift: {words} changes nothing", changed_by(words, copy)
