"""Every explorer in a running notebook: JupyterLab on this machine, opened in a browser, a control moved from the keyboard, the picture seen to change.

`python tools/explorers.py [PICTURES]` leaves a picture of each in that folder.
"""
import json, os, secrets, signal, socket, subprocess, sys, tempfile, time, urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from browser import OPTIONS, lacking as no_browser, program
from common import Skip, read_notebook, source

ROOT = Path(__file__).resolve().parent.parent
PAGE = "nbs/toolkit/explorers.ipynb"
# Of each explorer: the control that is moved, the key that moves it, and how often.
MOVES = {"patching": ("part", "ArrowDown", 3), "heads": ("head", "ArrowDown", 1), "features": ("show", "ArrowDown", 2), "neighbors": ("block", "ArrowRight", 1), "gates": ("gate", "ArrowRight", 2)}
BACK = dict(ArrowDown="ArrowUp", ArrowRight="ArrowLeft")
MOST_SECONDS = 120                                                                  # until the first picture stands, with everything that is loaded for it
WIDTH = 1280
SETTINGS = {"ServerApp.open_browser": False, "ServerApp.ip": "127.0.0.1", "ServerApp.port_retries": 0, "ServerApp.allow_root": True, "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LabApp.news_url": None, "LabApp.extension_manager": "readonly", "ServerApp.terminals_enabled": False}
# What somebody sees and hears of the widget.
LOOK = """() => {
  const box = document.querySelector(".explorer-box"), shown = box && box.querySelector(".explorer"), said = box && box.querySelector("[role=status]");
  const names = e => [e.getAttribute("aria-label"), ...(e.labels ? [...e.labels].map(l => l.textContent) : []), e.closest(".widget-inline-hbox")?.querySelector("label")?.textContent].filter(Boolean);
  return {
    ready: !!shown && !!said && said.textContent.startsWith("Shown:"), picture: shown ? shown.innerHTML : "", said: said ? said.textContent : "", wide: shown ? shown.scrollWidth - shown.clientWidth : 0,
    drawn: shown ? [...shown.querySelectorAll("img")].every(i => i.complete && i.naturalWidth > 50) && shown.getBoundingClientRect().height > 50 : false,
    focused: document.activeElement && box?.contains(document.activeElement) ? names(document.activeElement).at(-1) || document.activeElement.tagName : "",
    errors: [...document.querySelectorAll("[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error'], .jp-Notebook [role=alert]")].map(e => e.textContent.trim().slice(0, 500)).filter(Boolean),
  }
}"""


def lacking():
    "What is needed and not here, as a sentence; empty if all is."
    return no_browser() or ("" if find_spec("jupyterlab") else "jupyterlab is not installed: pip install jupyterlab.")


def notebooks(root):
    "Name -> a notebook of one cell: what the page loads, and the lines that make that explorer live."
    cells = [source(c) for c in read_notebook(root/PAGE)["cells"] if c["cell_type"] == "code"]
    loads = [c for c in cells if c.startswith("#| slow\nimport ") or c.startswith("model = ")]
    start = ["from interp_kit.explorers import patching_explorer", "from interp_kit.models import load_model", "from interp_kit.prompts import PromptPairs"]
    own = {name: next(c for c in cells if f"\n{name} = " in c).removesuffix(name) for name in MOVES}
    return {name: "\n".join([*start, *loads, f"{own[name]}{name}.widget()"]).replace("#| slow\n", "") for name in MOVES}


def write(root, folder):
    "The notebooks as files."
    for name, code in notebooks(root).items():
        cell = dict(cell_type="code", id=name, metadata={}, execution_count=None, outputs=[], source=code)
        kernel = dict(kernelspec=dict(name="python3", display_name="python3", language="python"))
        (folder/f"{name}.ipynb").write_text(json.dumps(dict(cells=[cell], metadata=kernel, nbformat=4, nbformat_minor=5)), encoding="utf-8")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(url, token, data=None):
    "An answer of Jupyter's own interface."
    asked = urllib.request.Request(url, None if data is None else json.dumps(data).encode(), {"Authorization": f"token {token}"})
    with urllib.request.urlopen(asked, timeout=30) as answer: return json.loads(answer.read() or "null")


def wait_for(what, seconds, *, every=.1):
    "The first true value of `what()`, or None when the time is over."
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := what(): return found
        except OSError: pass
        time.sleep(every)


@contextmanager
def jupyterlab(folder, root):
    "A JupyterLab that sees only this folder and keeps nothing: its address and token. It ends with its kernels."
    token, port, kept = secrets.token_hex(16), free_port(), folder.parent/"kept"
    places = {name: str(kept/name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")}
    env = {**os.environ, **places, "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root), "JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_TOKEN": token}
    (kept/"JUPYTER_CONFIG_DIR/labconfig").mkdir(parents=True)
    (kept/"JUPYTER_CONFIG_DIR/labconfig/page_config.json").write_text(json.dumps(dict(disabledExtensions={"@jupyterlab/apputils-extension:announcements": True})))  # it would ask about news
    settings = SETTINGS | {"ServerApp.port": port, "ServerApp.root_dir": str(folder)}
    server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())], env=env, cwd=folder, stdout=(folder.parent/"log").open("w"), stderr=subprocess.STDOUT, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        if not wait_for(lambda: server.poll() is not None or ask(f"{url}/api/status", token), 60) or server.poll() is not None: raise RuntimeError(f"JupyterLab did not start:\n{(folder.parent/'log').read_text()[-3000:]}")
        yield url, token
    finally: end(server, url, token)


def end(server, url, token):
    "Stop the kernels, then the server; kernels also stop by themselves when their server is gone."
    try:
        for kernel in ask(f"{url}/api/kernels", token):
            urllib.request.urlopen(urllib.request.Request(f"{url}/api/kernels/{kernel['id']}", method="DELETE", headers={"Authorization": f"token {token}"}), timeout=20).close()
    except OSError: pass
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None: os.killpg(server.pid, sign)
        try: return server.wait(10)
        except subprocess.TimeoutExpired: continue


@contextmanager
def tab_of(url):
    "A tab, and the list of what its pages ask for outside and which scripts fail."
    from playwright.sync_api import sync_playwright
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program(), args=[*OPTIONS[:2], "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"], chromium_sandbox=False)
        tab, said = opened.new_page(viewport=dict(width=WIDTH, height=1000)), []
        tab.on("pageerror", lambda error: "Canceled future" not in str(error) and said.append(f"A script failed: {str(error)[:300]}"))
        tab.on("request", lambda request: request.url.startswith("http") and not request.url.startswith(url) and said.append(f"It asks the network for {request.url[:200]}."))
        try: yield tab, said
        finally: opened.close()                                                     # a page that is left cancels what it waits for, and says so


def one_kernel(url, token):
    "All notebooks with the same kernel, so that models are loaded once."
    session = lambda name, kernel: ask(f"{url}/api/sessions", token, dict(path=f"{name}.ipynb", name=f"{name}.ipynb", type="notebook", kernel=kernel))
    first, *others = MOVES
    kernel = session(first, dict(name="python3"))["kernel"]["id"]
    for name in others: session(name, dict(id=kernel))


def settled(tab, seconds, before=None):
    "The widget as soon as it shows a picture, another one than `before`, or an error."
    def look():
        seen = tab.evaluate(LOOK)
        return seen if seen["errors"] or seen["ready"] and seen["drawn"] and (before is None or seen["said"] != before["said"]) else None
    return wait_for(look, seconds, every=.02) or tab.evaluate(LOOK)


def run_cell(tab):
    "Shift and Enter in the first cell, until the kernel has taken it; a notebook that is not yet connected asks for a kernel."
    tab.wait_for_selector("[data-status='idle']", state="attached", timeout=60_000)
    for _ in range(6):
        if tab.locator(".jp-Dialog").count(): tab.keyboard.press("Escape")
        tab.locator(".jp-CodeCell .cm-content").first.click(timeout=30_000)
        tab.keyboard.press("Shift+Enter")
        if wait_for(lambda: tab.locator(".jp-InputPrompt").first.inner_text().strip() != "[ ]:", 8): return


def tab_order(tab, names):
    "What the Tab key goes to, from the first control on."
    tab.locator(".explorer-box select, .explorer-box input, .explorer-box .noUi-handle").first.focus()
    found = []
    for _ in range(3 * len(names)):
        name = tab.evaluate(LOOK)["focused"].rstrip(":")
        if name not in found: found.append(name)
        tab.keyboard.press("Tab")
    return [name for name in found if name in names]


def go_to(tab, name):
    "Move the focus to a control with the Tab key alone."
    tab.locator(".explorer-box select, .explorer-box input, .explorer-box .noUi-handle").first.focus()
    for _ in range(20):
        if tab.evaluate(LOOK)["focused"].rstrip(":") == name: return
        tab.keyboard.press("Tab")


def problems_of(tab, name, url, token, pictures=None):
    "Run the cell, move the control, and tell what was not as it should be, and how long the new picture took."
    control, key, times = MOVES[name]
    tab.goto(f"{url}/doc/tree/{name}.ipynb?token={token}&reset", wait_until="load")
    run_cell(tab)
    first = settled(tab, MOST_SECONDS)
    if pictures: photograph(tab, pictures, name)
    if not first["ready"] or first["errors"]: return [f"No picture came: {first['errors'] or first['said'] or 'nothing is shown'}"], "0 s"
    names = [name for name in tab.locator(".explorer-box .widget-label").all_inner_texts() if name]
    found = [f"Tab goes to {order}, and the controls are {names}." for order in [tab_order(tab, names)] if order != names]
    go_to(tab, control)
    second, seconds = moved(tab, [key] * times, first)
    if pictures: photograph(tab, pictures, name)
    found += differences(first, second, control)
    if found: return found, f"{seconds:.2f} s"
    lost, known = again(tab, key, times, first, second)
    return lost, f"{seconds:.2f} s, and after {known:.2f} s with what was drawn before"


def moved(tab, keys, before):
    "What stands after these keys, and after how many seconds."
    start = time.perf_counter()
    for key in keys: tab.keyboard.press(key)
    after = settled(tab, 30, before)
    return after, time.perf_counter() - start


def again(tab, key, times, first, second):
    "What is wrong when the control goes back and forth between choices that were drawn before, and the seconds that it takes, at best of three."
    best, lost = 99, []
    for _ in range(3):
        tab.wait_for_timeout(300)
        old, seconds = moved(tab, [BACK[key]], second)
        best = min(best, seconds)
        if times == 1 and old["picture"] != first["picture"]: lost.append("The first picture does not come back.")
        tab.wait_for_timeout(300)
        moved(tab, [key], old)
    return lost, best


def differences(first, second, control):
    "What is wrong with what came after a control was moved."
    if second["errors"]: yield f"It says: {second['errors'][0]}"
    if second["said"] == first["said"]: yield f"The line still says {first['said']!r}."
    if second["picture"] == first["picture"]: yield "The picture is the same."
    if f"{control} " not in second["said"]: yield f"The line does not name {control}: {second['said']!r}."
    if max(first["wide"], second["wide"]) > 1: yield f"It is {max(first['wide'], second['wide'])} px wider than its place."


def photograph(tab, pictures, name):
    pictures.mkdir(parents=True, exist_ok=True)
    if tab.locator(".explorer-box").count(): tab.locator(".explorer-box").scroll_into_view_if_needed()
    tab.screenshot(path=pictures/f"explorer-{name}.png")


def check(root, pictures=None):
    "Every explorer of the page, one after the other."
    if lacking():
        yield "explorers: a control is moved in JupyterLab", Skip(lacking())
        return
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)/"notebooks"
        folder.mkdir()
        write(root, folder)
        with jupyterlab(folder, root) as (url, token), tab_of(url) as (tab, said):
            one_kernel(url, token)
            for name in MOVES:
                tab.goto("about:blank")
                said.clear()
                try: problems, seconds = problems_of(tab, name, url, token, pictures)
                except Exception as error: problems, seconds = [f"{type(error).__name__}: {error}"[:1500]], "0 s"
                yield f"explorers: {name}, moved from the keyboard in JupyterLab, answers after {seconds}", "\n".join([*problems, *said])


if __name__ == "__main__":
    results = list(check(ROOT, *map(Path, sys.argv[1:])))
    print("\n".join(f"{what}: {problem or 'ok'}" for what, problem in results))
    sys.exit(any(problem and not isinstance(problem, Skip) for _, problem in results))
