"""Every test and check, with a count at the end: `python tools/check.py [NAME ...]`.

Each check is a generator of `(what, problem)`: no problem is "", and one that could not be looked at is `Skip(why)`.
"""
import os, sys, time, traceback
from pathlib import Path

from common import Skip

ROOT = Path(__file__).resolve().parent.parent


def checks():
    "Name -> check, in the order in which they are made: quick ones first."
    import browser, colab, drift, explorers, findings, layout, newcomer, notebooks, package, pages
    return {"layout": layout.check, "drift": drift.check, "findings": findings.check, "pages": pages.check, "browser": browser.check, "explorers": explorers.check, "newcomer": newcomer.check, "notebooks": notebooks.check, "package": package.check, "colab": colab.check}


def shorten(text, head=1000, tail=4000):
    "The beginning and the end of a long text."
    return text if len(text) <= head + tail else f"{text[:head]}\n...\n{text[-tail:]}"


def report(what, problem, seconds):
    "One line for what was checked, and the problem under it."
    if isinstance(problem, Skip): print(f"skip  {what}: {problem}", flush=True)
    elif problem: print(f"FAIL  {what}\n      " + shorten(problem.rstrip()).replace("\n", "\n      "), flush=True)
    else: print(f"ok    {what} ({seconds:.1f} s)", flush=True)


def results(name, check):
    "What `check` yields; its own breakdown is a problem too."
    try: yield from check(ROOT)
    except Exception:
        yield f"{name}: the check itself", traceback.format_exc()


def main(names):
    "Make the named checks, or all; exit status 0 if none failed."
    os.chdir(ROOT)
    start, passed, failed = time.perf_counter(), 0, 0
    for name, check in checks().items():
        if names and name not in names: continue
        before = time.perf_counter()
        for what, problem in results(name, check):
            now = time.perf_counter()
            report(what, problem, now - before)
            before = now
            if isinstance(problem, Skip): continue
            passed, failed = passed + (not problem), failed + bool(problem)
    print(f"\n{time.perf_counter() - start:.0f} s\n{passed} passed, {failed} failed", flush=True)
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
