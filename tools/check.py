"""Every test and check, with a count at the end: `python tools/check.py [NAME ...]`.

Each check is a generator of `(what, problem)`: no problem is "", and one that could not be looked at is `Skip(why)`.
"""
import multiprocessing, os, queue, sys, time, traceback
from pathlib import Path

import psutil

from common import Skip

ROOT = Path(__file__).resolve().parent.parent
# All of them together may take so long; then something hangs.
MOST_MINUTES = 60
# Rows of checks that are made side by side, so that no core waits where one of them does; the notebooks have two processes of their own.
# colab is the beginning of package.
ROWS = [["notebooks"], ["layout", "drift", "findings", "pages", "browser", "explorers"], ["newcomer", "package"]]


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


def timed(name):
    "What a check yields, each with the seconds it took."
    before = time.perf_counter()
    for what, problem in results(name, checks()[name]):
        now = time.perf_counter()
        yield what, problem, now - before
        before = now


def make(names, found):
    "Make the named checks, one after the other, in a process of their own; None says that all are made."
    os.chdir(ROOT)
    for name in names:
        for result in timed(name): found.put(result)
    found.put(None)


def stop(processes):
    "End these and all that they have started."
    for process in processes:
        for child in psutil.Process(process.pid).children(recursive=True): child.kill()
        process.kill()


def side_by_side(rows):
    "What all checks of all rows yield, as it comes."
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    running = [context.Process(target=make, args=(names, found)) for names in rows]
    for process in running: process.start()
    left, end = len(running), time.monotonic() + 60 * MOST_MINUTES
    while left:
        try: result = found.get(timeout=5)
        except queue.Empty:
            alive = [process for process in running if process.is_alive()]
            if alive and time.monotonic() < end: continue
            yield "the checks", f"They were not made in {MOST_MINUTES} minutes." if alive else f"A process that made them ended with {next((process.exitcode for process in running if process.exitcode), 0)}.", 0
            return stop(alive)
        left -= result is None
        if result: yield result


def main(names):
    "Make the named checks, or all; exit status 0 if none failed."
    os.chdir(ROOT)
    unknown = [name for name in names if name not in checks()]
    if unknown: sys.exit(f"There is no check {unknown[0]!r}: the checks are {', '.join(checks())}.")
    start, passed, failed = time.perf_counter(), 0, 0
    for what, problem, seconds in side_by_side([names] if names else ROWS):
        report(what, problem, seconds)
        if isinstance(problem, Skip): continue
        passed, failed = passed + (not problem), failed + bool(problem)
    print(f"\n{time.perf_counter() - start:.0f} s\n{passed} passed, {failed} failed", flush=True)
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
