"The tests of all notebooks, by nbdev's own runner, in two processes of one thread each."
import atexit, io, multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from common import differences, fingerprints, notebook_files, read_notebook, source, templates

WORKERS = 2


def quiet_threads():
    "Before torch is imported: one thread, so that two processes do not fight for two cores."
    for name in "OMP_NUM_THREADS", "MKL_NUM_THREADS": os.environ[name] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def forget():
    "Let go of what a notebook has made: IPython keeps its shell, with all names in it, to the end of the process, and then clears them one by one."
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell._instance
    if shell is None: return
    atexit.unregister(shell.atexit_operations)
    shell.close()
    shell.user_ns.clear()
    InteractiveShell._instance = None


def run_notebook(file, root, flags, timeout):
    "Whether the notebook passes, the seconds it took, and the traceback if it does not."
    from nbdev.test import test_nb
    sys.__stderr__ = caught = io.StringIO() # where nbdev writes tracebacks
    try: passed, seconds = test_nb(file, skip_flags=flags, basepath=root, cell_timeout=timeout)
    finally:
        sys.__stderr__ = sys.stderr
        forget()
    return passed, seconds, caught.getvalue()


def left_out(file, flags):
    "How many cells each flag leaves out, in words; empty if none."
    firsts = [source(cell).split("\n") for cell in read_notebook(file)["cells"] if cell["cell_type"] == "code"]
    directives = [{line[2:].strip() for line in lines if line.startswith("#|")} for lines in firsts]
    counts = {flag: sum(flag in found for found in directives) for flag in flags}
    return ", ".join(f"{count} {flag}" for flag, count in counts.items() if count)


def check(root):
    "Every notebook, as it is done: the biggest is begun first."
    from nbdev.config import get_config
    config = get_config(root)
    flags = config.tst_flags.split()
    quiet_threads()
    before = fingerprints(root)
    files = sorted([*notebook_files(root), *templates(root)], key=lambda file: -file.stat().st_size)
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = {pool.submit(run_notebook, file, root, flags, config.cell_timeout): file for file in files}
        for job in as_completed(jobs):
            file, skipped = jobs[job], left_out(jobs[job], flags)
            note = f"; cells left out: {skipped}" if skipped else ""
            try: passed, seconds, traceback = job.result()
            except Exception as error: passed, seconds, traceback = False, 0, f"The process that ran it ended: {error!r}"
            yield f"{file.relative_to(root)} [{seconds:.0f} s{note}]", "" if passed else traceback or "It failed and left no traceback."
    yield "notebooks: the tests leave the repository as it was", "\n".join(f"{file} changed." for file in differences(before, fingerprints(root)))
