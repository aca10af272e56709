"The first five minutes of somebody new: README.md's code and then a prompt of one's own, and the template made into a study."
import json, os, re, subprocess, sys, tempfile, time
from pathlib import Path

from common import copy_sources, templates

MOST_SECONDS = 300
# What somebody types under README.md's code, with a sentence that is nowhere in it.
OWN = """
mine = PromptPairs(["He's in the garden and she"], ["He is in the garden and she"], answers=[("'s", " is")])
mine.check(model)
own = patch_effects(model, mine, "z", by="head")
best = own.loc[own.effect.idxmax()]
assert len(own) == len(effects) and own.effect.between(-1, 2).all() and best.effect > .3, own
print(f"L{best.layer:.0f}H{best['head']:.0f} restores {best.effect:.0%}")
"""


def code_blocks(text, language):
    "The code of that language in Markdown."
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def said(*words, cwd, **env):
    "Exit status and all that a command said."
    clean = {key: value for key, value in os.environ.items() if key != "IN_TEST"} | {"OMP_NUM_THREADS": "1", **env}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def own_result(root, folder):
    "README.md's Python as it stands there, then a prompt of one's own, in an empty folder."
    start = time.perf_counter()
    code = "\n".join(code_blocks((root/"README.md").read_text(encoding="utf-8"), "python")) + OWN
    status, text = said(sys.executable, "-c", code, cwd=folder, HF_HUB_OFFLINE="1")
    if status: yield text[-3000:]
    elif "restores" not in text: yield f"It printed no result: {text[-1000:]}"
    if time.perf_counter() - start > MOST_SECONDS: yield f"It took more than {MOST_SECONDS} s."


def unknown_commands(root):
    "Commands in README.md that are not there."
    rules = re.findall(r"^(\w+):", (root/"Makefile").read_text(encoding="utf-8"), re.M)
    text = (root/"README.md").read_text(encoding="utf-8")
    for rule in sorted(set(re.findall(r"(?:^|`)make (\w+)", text, re.M))):
        if rule not in rules: yield f"README.md says 'make {rule}', and the Makefile has {', '.join(rules)}."
    from interp_kit.command import _commands, study_summaries
    for command, *words in re.findall(r"interp-kit (\w+)(?: (\w+))?", text):
        if command not in _commands: yield f"README.md says 'interp-kit {command}', which is no command."
        for word in filter(None, words):
            if command == "run" and word not in study_summaries(): yield f"README.md runs the study {word}, which is not there."


def copied(template, study):
    "The template, with the name of a study in the place of its own, beside it."
    text = template.read_text(encoding="utf-8").replace(template.stem, study)
    file = template.with_name(f"{study}.ipynb")
    file.write_text(text, encoding="utf-8")
    return file


def new_study(root, folder, template):
    "Copy, rename, export, test, list and run, as nbs/howto/your_own_study.ipynb says."
    copy, study, programs = copy_sources(root, folder), "my_study", Path(sys.executable).parent
    file = copied(copy/template.relative_to(root), study)
    here = dict(cwd=copy, PYTHONPATH=str(copy), HF_HUB_OFFLINE="1")
    for step in ([programs/"nbdev-export"], [programs/"nbdev-test", file, "--n-workers", "1"], [programs/"interp-kit", "run", study, "--out", folder/"report"]):
        status, text = said(*step, **here)
        if status: return f"{step[0].name} ended with {status}:\n{text[-3000:]}"
    listed = said(programs/"interp-kit", "list", **here)[1]
    if f"\n  {study} " not in listed or template.stem in listed: return f"interp-kit list should name {study} and not {template.stem}:\n{listed}"
    found = json.loads((folder/"report/findings.json").read_text(encoding="utf-8"))
    return "" if found and all(row["tier"] for row in found) else "The report has no findings."


def check(root):
    "Both, and that what README.md tells to type is there."
    with tempfile.TemporaryDirectory() as folder: yield "newcomer: README.md's code, then an own prompt", "\n".join(own_result(root, folder))
    yield "newcomer: the commands of README.md are there", "\n".join(unknown_commands(root))
    for template in templates(root):
        with tempfile.TemporaryDirectory() as folder: yield f"newcomer: {template.relative_to(root)}, copied and renamed, is a study", new_study(root, Path(folder), template)
