"""The pages, and the cards of a report, in a browser without a network, as wide as a laptop and as narrow as a phone.

`python tools/browser.py [PICTURES]` looks at the pages and leaves a picture of each at both widths in that folder;
`python tools/browser.py --cards REPORT [PICTURES]` looks at the cards of a report.
"""
import json, os, re, shutil, sys, tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from common import Skip, source

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
OPTIONS = "--disable-quic", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"
WIDTHS = 1280, 390
MOST_BYTES = 2_000_000
MOST_SHOWN = 5                                                                      # of one kind of problem on a page
RULES = {"quiet": "no script fails, and nothing is asked for from outside", "drawn": "every figure is drawn", "fits": "no page is wider than its window",
         "legible": "no text outside figures is smaller than 12 px", "links": "every link inside the site leads somewhere", "light": f"no page is over {MOST_BYTES / 1e6:.0f} MB"}
TALLEST = 16_000                                                                    # beyond it Chromium repeats the picture
# Around a page: as the site has it, code wraps, a picture is no wider than its column, and any other result scrolls in a box of its own.
FRAME = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>%s</title>
<style>* { box-sizing: border-box } body { margin: 0; font: 16px/1.5 sans-serif } main { max-width: 850px; margin: 0 auto; padding: 1rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f5f5; padding: .5rem; font-size: 14px } code { font-size: 14px; overflow-wrap: anywhere }
img { max-width: 100%%; height: auto } .output_subarea:not(.output_markdown) { overflow-x: auto } table { border-collapse: collapse; font-size: 14px } th, td { padding: .2rem .5rem; vertical-align: top }
</style></head><body><main>%s</main></body></html>
"""
# What a page looks like from inside; every <details> is open, so that nothing is judged by being folded.
LOOK = """([least, smallest]) => {
  document.querySelectorAll("details").forEach(d => d.open = true);
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const figures = "svg, img, canvas, .js-plotly-plot, .plotly-graph-div", strips = ".token-strip, .boundary-strip", wide = document.documentElement.clientWidth;
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].slice(0, 2).map(c => "." + c).join("");
  const inside = e => name(e) + " in " + (e.parentElement ? name(e.parentElement) : "the page");
  const pixels = r => `${Math.round(r.width)} x ${Math.round(r.height)} px`;
  const outer = all(figures).filter(e => !e.parentElement.closest(figures + ", figure.attention details") && e.id != "js-plotly-tester"
    && !(e.closest(".static") && e.closest("figure").querySelector(".main-svg")));  // small heads, and what a live figure stands for
  const drawn = e => {
    const ink = e.tagName == "svg" ? e.getBBox() : e.tagName == "IMG" && !e.naturalWidth ? {width: 0, height: 0} : e.getBoundingClientRect();
    const box = e.getBoundingClientRect();
    return Math.min(ink.width, ink.height, box.width, box.height) > least && (!e.matches(".plotly-graph-div") || all(".main-svg", e).length) ? "" : pixels(box);
  };
  const scrolls = e => { for (e = e.parentElement; e && e != document.body; e = e.parentElement) if (getComputedStyle(e).overflowX != "visible") return true; };
  const wider = Math.max(document.documentElement.scrollWidth - wide, document.body.scrollWidth - document.body.clientWidth);
  const small = all("body *").filter(e => !e.closest(`${figures}, ${strips}, figure.attention details, script, style, sup, sub`) && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < smallest
    && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()));
  return {
    figures: outer.length, missing: outer.map(e => [inside(e), drawn(e)]).filter(([, problem]) => problem),
    wider, beyond: wider > 1 ? all("body *").filter(e => e.getBoundingClientRect().right > wide + 1 && !scrolls(e))
      .filter((e, i, found) => !found.includes(e.parentElement)).map(inside) : [],
    small: small.map(e => `${inside(e)}: "${e.textContent.trim().slice(0, 40)}" at ${getComputedStyle(e).fontSize}`),
    undrawn: all("figure.plotly, figure.attention").filter(f => !all(".main-svg, canvas", f).length).length, links: all("a[href]").map(a => a.getAttribute("href")), names: all("[id]").map(e => e.id), headings: all("h1, h2, h3, h4, h5, h6").map(h => h.textContent),
    plots: all(".js-plotly-plot .main-svg").length,
  }
}"""
# The figures that the notebook keeps as data, drawn by plotly itself below the page.
DRAW = """async figures => {
  const failed = [];
  for (const [number, figure] of figures.entries()) {
    const place = document.body.appendChild(document.createElement("div"));
    await Plotly.newPlot(place, figure.data, figure.layout).catch(error => failed.push(`Figure ${number + 1}: ${error}`));
    if (!place.querySelector(".trace path, .hm image")) failed.push(`Figure ${number + 1} of ${figures.length} was not drawn.`);
    place.remove();
  }
  return failed;
}"""


def lacking():
    "What a browser needs and is not here, as a sentence; empty if all is."
    if not find_spec("playwright"): return "playwright is not installed: pip install playwright."
    return "" if program() else f"there is no browser: none of {', '.join(PROGRAMS)}."


def program():
    "The installed browser, or None."
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def browser():
    "One tab for all pages, which finds nothing outside this machine, and the list of what it says and asks for in vain."
    from playwright.sync_api import sync_playwright
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program(), args=list(OPTIONS), chromium_sandbox=False)
        tab, said = opened.new_page(), []
        tab.on("console", lambda message: message.type == "error" and said.append(f"The console says: {message.text[:300]}"))
        tab.on("pageerror", lambda error: said.append(f"A script failed: {str(error)[:300]}"))
        tab.on("requestfailed", lambda request: said.append(f"It asks in vain for {request.url[:200]}."))
        tab.on("request", lambda request: request.url.startswith("http") and said.append(f"It asks the network for {request.url[:200]}."))
        try: yield tab, said
        finally: opened.close()


def few(rule, problems):
    "The first of many, each with the rule that it breaks."
    problems = list(dict.fromkeys(problems))
    return [(rule, problem) for problem in problems[:MOST_SHOWN] + [f"... and {len(problems) - MOST_SHOWN} more."] * (len(problems) > MOST_SHOWN)]


def look(tab, width):
    "A page at one width, as LOOK describes it, and what is wrong with it."
    tab.set_viewport_size(dict(width=width, height=900))
    if tab.query_selector(".js-plotly-plot"): tab.wait_for_timeout(500)             # live figures follow the window after a while
    seen = tab.evaluate(LOOK, [50, 12])
    missing = [f"At {width} px a figure is {size}: {what}." for what, size in seen["missing"]]
    if seen["undrawn"]: missing.append(f"At {width} px no script has drawn {seen['undrawn']} figures.")
    wide = [f"At {width} px it is {seen['wider']} px wider than the window: {what}." for what in seen["beyond"] or ["its margins"] if seen["wider"] > 1]
    return seen, few("drawn", missing) + few("fits", wide) + few("legible", [f"At {width} px: {what}." for what in seen["small"]])


def photograph(tab, pictures, name, width):
    "A picture of the whole page."
    tall = min(TALLEST, tab.evaluate("document.documentElement.scrollHeight"))
    pictures.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=pictures/f"{name.replace('/', '-')}-{width}.jpg", type="jpeg", quality=60, full_page=True, clip=dict(x=0, y=0, width=width, height=tall))


def look_at(tab, said, file, name, pictures=None):
    "How a file looks from inside, and what is wrong with it at both widths, as (rule, problem)."
    said.clear()
    problems = []
    tab.set_viewport_size(dict(width=WIDTHS[0], height=900))
    tab.goto(file.resolve().as_uri(), wait_until="load")
    for width in WIDTHS:
        seen, more = look(tab, width)
        problems += more
        if pictures: photograph(tab, pictures, name, width)
    return seen, few("quiet", said) + problems


def redraw(tab, figures):
    "Figures that plotly cannot draw from what is stored of them: name -> problems."
    import plotly
    tab.goto("about:blank")
    tab.add_script_tag(path=Path(plotly.__file__).parent/"package_data/plotly.min.js")
    return {name: few("drawn", tab.evaluate(DRAW, stored)) for name, stored in figures.items() if stored}


def exporter():
    "Notebook to the inside of a page, without the prompts beside its cells."
    from nbconvert import HTMLExporter
    from traitlets.config import Config
    plain = dict(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True)
    return HTMLExporter(config=Config(HTMLExporter=plain, TagRemovePreprocessor=dict(enabled=True, remove_input_tags={"echo-false"})))


def readable(page):
    "A staged page for nbconvert: its title as a heading, and no code where the site shows none."
    import nbformat, yaml
    cells = []
    for cell in page["cells"]:
        text = source(cell)
        if cell["cell_type"] == "raw":
            front = yaml.safe_load(text.strip().strip("-"))
            cell, text = dict(cell, cell_type="markdown"), f"# {front.get('title', '')}\n\n> {front.get('description', '')}"
        metadata = {"tags": ["echo-false"] * ("#| echo: false" in text)}
        cells.append({key: value for key, value in cell.items() if key in ("id", "cell_type", "outputs", "execution_count")} | dict(source=text, metadata=metadata))
    return nbformat.reads(json.dumps(page | dict(cells=cells, metadata={})), as_version=4)


def write(root, staged, folder):
    "Every staged page as an HTML file: name -> file."
    made, files = exporter(), {}
    for name, page in staged.items():
        files[name] = folder/f"{name}.html"
        files[name].parent.mkdir(parents=True, exist_ok=True)
        files[name].write_text(FRAME % (name, made.from_notebook_node(readable(page))[0]), encoding="utf-8")
    for images in root.glob("nbs/**/images"): shutil.copytree(images, folder/images.relative_to(root/"nbs"))
    return files


def stored_figures(page):
    "The plotly figures that a page keeps as data."
    kind = "application/vnd.plotly.v1+json"
    return [output["data"][kind] for cell in page["cells"] for output in cell.get("outputs", []) if kind in output.get("data", {})]


def broken(name, seen, site):
    "Links of a page as drawn, to pages or places in them that are not there."
    def slug(heading): return re.sub(r"[^\w.\- ]", "", heading.lower()).strip().replace(" ", "-")
    for target in seen[name]["links"]:
        path, _, anchor = target.removeprefix(site).partition("#")
        inside = target.startswith(site)
        if re.match(r"\w+:", target) and not inside: continue
        other = re.sub(r"\.(html|ipynb)$", "", path or "index" if inside else os.path.normpath(Path(name).parent/path) if path else name)
        if other not in seen: yield f"A link leads nowhere: {target}"
        elif anchor and anchor not in seen[other]["names"] and anchor not in map(slug, seen[other]["headings"]): yield f"A link leads to no heading: {target}"


def look_at_pages(root, staged, pictures=None):
    "Every staged page: name -> (rule, problem)."
    from nbdev.config import get_config
    site, seen, problems = get_config(root).doc_url.rstrip("/") + "/", {}, {}
    with tempfile.TemporaryDirectory() as folder, browser() as (tab, said):
        for name, file in write(root, staged, Path(folder)).items():
            seen[name], problems[name] = look_at(tab, said, file, name, pictures)
            size = file.stat().st_size
            if size > MOST_BYTES: problems[name].append(("light", f"{size / 1e6:.1f} MB."))
        for name, more in redraw(tab, {name: stored_figures(page) for name, page in staged.items()}).items(): problems[name] += more
    for name in seen: problems[name] += few("links", broken(name, seen, site))
    return problems


def look_at_cards(report, pictures=None):
    "Every page of a report, and that each card has a figure that answers to the pointer."
    if lacking():
        yield "cards: opened in a browser", Skip(lacking())
        return
    with browser() as (tab, said):
        for file in sorted(report.glob("*.html")):
            seen, problems = look_at(tab, said, file, file.stem, pictures)
            if not seen["plots"] and file.stem not in ("index", "findings"): problems.append(("drawn", "There is no plot on the card."))
            yield f"cards: {file.name} in a browser without a network", "\n".join(problem for _, problem in problems)


def small_card(folder):
    "A card with one finding and a figure of either kind."
    import pandas as pd
    from interp_kit.findings import Card, Finding
    from interp_kit.views import heat_map, token_strip
    finding = Finding("A card opens anywhere", estimate=1, interval=(.5, 1.5), n=3)
    table = pd.DataFrame(dict(x=[0, 1, 0, 1], y=[0, 0, 1, 1], value=[0, 1, 2, -1]))
    figure, strip = heat_map(table, "x", "y", "value", "Four numbers"), token_strip(["a", " card"], [0, 1], "Two tokens")
    return Card("A small card", "Does it open?", [finding], figure=figure, sections=[("Tokens", strip)]).save(folder)


def check(root, pictures=None):
    "Stage the site, and open every page of it."
    if lacking():
        yield "browser: every page in a browser without a network", Skip(lacking())
        return
    from pages import pages, stage
    found = look_at_pages(root, pages(stage(root)), pictures)
    for rule, what in RULES.items():
        yield f"browser: {what}", "\n".join(f"{name}: {problem}" for name, problems in found.items() for of, problem in problems if of == rule)
    with tempfile.TemporaryDirectory() as folder:
        small_card(Path(folder))
        yield from look_at_cards(Path(folder), pictures)


if __name__ == "__main__":
    cards = sys.argv[1:2] == ["--cards"]
    folders = [Path(folder) for folder in sys.argv[1 + cards:]]
    results = list(look_at_cards(*folders) if cards else check(ROOT, *folders))
    print("\n".join(f"{what}: {problem or 'ok'}" for what, problem in results))
    sys.exit(any(problem and not isinstance(problem, Skip) for _, problem in results))
