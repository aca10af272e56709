"""The pages, and the cards of a report, in a browser without a network, as wide as a laptop and as narrow as a phone.

plotly.js, which a page asks for at a public address, comes from the package instead: if it is not that file, the browser refuses it.

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
MOST_CARD = 1_500_000
MOST_SHOWN = 5                                                                      # of one kind of problem on a page
RULES = {"quiet": "no script fails, and nothing is asked for from outside", "drawn": "every figure is drawn, and none of its text is cut off", "fits": "no page is wider than its window",
         "legible": "no text outside figures is smaller than 12 px", "open": "axe-core finds nothing serious that would keep somebody out", "links": "every link inside the site leads somewhere", "light": f"no page is over {MOST_BYTES / 1e6:.0f} MB"}
TALLEST = 16_000                                                                    # beyond it Chromium repeats the picture
# Around a page: the site's own style and script, and as much of Quarto's as they stand on. Code wraps.
FRAME = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>{name}</title>
<style>* {{ box-sizing: border-box }} body {{ margin: 0; font: 16px/1.5 sans-serif }} main {{ max-width: 850px; margin: 0 auto; padding: 1rem }} a {{ color: #1f5fa8 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f5f5; padding: .5rem; font-size: 14px }} code {{ font-size: 14px; overflow-wrap: anywhere }}
img {{ max-width: 100%; height: auto }} table {{ border-collapse: collapse; font-size: 14px }} th, td {{ padding: .2rem .5rem; vertical-align: top }}
</style><style>{style}</style></head><body><main>{inside}</main>{script}</body></html>
"""
# What a page looks like from inside; every <details> is open, so that nothing is judged by being folded.
LOOK = """([least, smallest, overhang]) => {
  document.querySelectorAll("details").forEach(d => d.open = true);
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const figures = "svg, img, canvas, .js-plotly-plot, .plotly-graph-div", wide = document.documentElement.clientWidth;
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].slice(0, 2).map(c => "." + c).join("");
  const inside = e => name(e) + " in " + (e.parentElement ? name(e.parentElement) : "the page");
  const pixels = r => `${Math.round(r.width)} x ${Math.round(r.height)} px`;
  const outer = all(figures).filter(e => !e.parentElement.closest(figures) && !e.matches(".over") && e.id != "js-plotly-tester"
    && !(e.closest(".static") && e.closest("figure").querySelector(".main-svg")));  // what lies over a picture, and what a live figure stands for
  const drawn = e => {
    const ink = e.tagName == "svg" ? e.getBBox() : e.tagName == "IMG" && !e.naturalWidth ? {width: 0, height: 0} : e.getBoundingClientRect();
    const box = e.getBoundingClientRect();
    return Math.min(ink.width, ink.height, box.width, box.height) > least && (!e.matches(".plotly-graph-div") || all(".main-svg", e).length) ? "" : pixels(box);
  };
  const scrolls = e => { for (e = e.parentElement; e && e != document.body; e = e.parentElement) if (getComputedStyle(e).overflowX != "visible") return true; };
  const wider = Math.max(document.documentElement.scrollWidth - wide, document.body.scrollWidth - document.body.clientWidth);
  const cut = all("svg text").filter(e => e.getClientRects().length && e.textContent.trim()).map(e => [e, e.getBoundingClientRect(), (e.ownerSVGElement.closest(".main-svg") || e.ownerSVGElement).getBoundingClientRect()])
    .map(([e, text, whole]) => [e, Math.max(whole.left - text.left, text.right - whole.right, whole.top - text.top, text.bottom - whole.bottom)]).filter(([, beyond]) => beyond > overhang);
  const small = all("body *").filter(e => !e.closest(`${figures}, script, style, sup, sub`) && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < smallest
    && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()));
  return {
    figures: outer.length, missing: outer.map(e => [inside(e), drawn(e)]).filter(([, problem]) => problem),
    wider, beyond: wider > 1 ? all("body *").filter(e => e.getBoundingClientRect().right > wide + 1 && !scrolls(e))
      .filter((e, i, found) => !found.includes(e.parentElement)).map(inside) : [],
    cut: cut.map(([e, beyond]) => `"${e.textContent.trim().slice(0, 60)}" by ${Math.round(beyond)} px`),
    small: small.map(e => `${inside(e)}: "${e.textContent.trim().slice(0, 40)}" at ${getComputedStyle(e).fontSize}`),
    undrawn: all("figure.plotly").filter(f => !all(".main-svg", f).length).length, links: all("a[href]").map(a => a.getAttribute("href")), names: all("[id]").map(e => e.id), headings: all("h1, h2, h3, h4, h5, h6").map(h => h.textContent),
    plots: all(".js-plotly-plot .main-svg").length, live: all("figure.plotly .js-plotly-plot").length,
  }
}"""
# What keeps somebody out, by axe-core: the rule, and the first places where it is broken. Inside a live figure everything is plotly's own,
# the rows of a table look like its first two, and at a second width only what depends on it is asked again.
BARRIERS = """async again => (await axe.run({exclude: [[".main-svg"], ["tbody tr:nth-child(n+3)"]]}, {resultTypes: ["violations"], ...(again ? {runOnly: ["scrollable-region-focusable", "target-size"]} : {})})).violations
  .filter(v => ["serious", "critical"].includes(v.impact))
  .map(v => `${v.id} (${v.help}), ${v.nodes.length} times, as in ${v.nodes.slice(0, 2).map(n => n.target.join(" ") + " " + n.html.slice(0, 90)).join(" and ")}`)"""
# Whether each live figure has its picture, where plotly.js cannot be had.
STILL = """() => [...document.querySelectorAll("figure.plotly")].every(f => { const image = f.querySelector(".static img"); return image.naturalWidth && image.getBoundingClientRect().width > 50; })"""
PLOTLY = "https://cdn.plot.ly/"


def lacking():
    "What a browser needs and is not here, as a sentence; empty if all is."
    if not find_spec("playwright"): return "playwright is not installed: pip install playwright."
    return "" if program() else f"there is no browser: none of {', '.join(PROGRAMS)}."


def program():
    "The installed browser, or None."
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def axe():
    "The text of axe-core, or nothing."
    found = find_spec("axe_playwright_python")
    return (Path(found.origin).parent/"axe.min.js").read_text(encoding="utf-8") if found else ""


def bring_plotly(tab):
    "Answer for plotly.js with the file of the package."
    import plotly
    file = Path(plotly.__file__).parent/"package_data/plotly.min.js"
    tab.route(PLOTLY + "**", lambda route: route.fulfill(path=file, content_type="text/javascript; charset=utf-8", headers={"Access-Control-Allow-Origin": "*"}))


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
        tab.on("request", lambda request: request.url.startswith("http") and not request.url.startswith(PLOTLY) and said.append(f"It asks the network for {request.url[:200]}."))
        bring_plotly(tab)
        try: yield tab, said
        finally: opened.close()


def few(rule, problems):
    "The first of many, each with the rule that it breaks."
    problems = list(dict.fromkeys(problems))
    return [(rule, problem) for problem in problems[:MOST_SHOWN] + [f"... and {len(problems) - MOST_SHOWN} more."] * (len(problems) > MOST_SHOWN)]


def look(tab, width):
    "A page at one width, as LOOK describes it, and what is wrong with it."
    tab.set_viewport_size(dict(width=width, height=900))
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # what follows the size of the window has followed
    if tab.query_selector(".js-plotly-plot"): tab.wait_for_timeout(500)             # live figures follow the window after a while
    seen = tab.evaluate(LOOK, [50, 12, 2])
    missing = [f"At {width} px a figure is {size}: {what}." for what, size in seen["missing"]]
    if seen["undrawn"]: missing.append(f"At {width} px no script has drawn {seen['undrawn']} figures.")
    missing += [f"At {width} px a text of a figure is cut off: {what}." for what in seen["cut"]]
    wide = [f"At {width} px it is {seen['wider']} px wider than the window: {what}." for what in seen["beyond"] or ["its margins"] if seen["wider"] > 1]
    barriers = [f"At {width} px: {what}." for what in tab.evaluate(BARRIERS, width != WIDTHS[0])] if tab.evaluate("typeof axe") == "object" else []
    return seen, few("drawn", missing) + few("fits", wide) + few("open", barriers) + few("legible", [f"At {width} px: {what}." for what in seen["small"]])


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
    if axe(): tab.evaluate(axe())
    for width in WIDTHS:
        seen, more = look(tab, width)
        problems += more
        if pictures: photograph(tab, pictures, name, width)
    return seen, few("quiet", said) + problems


def lost_offline(tab, said, file):
    "What a reader without a network misses on a page with live figures."
    said.clear()
    tab.unroute(PLOTLY + "**")
    tab.route(PLOTLY + "**", lambda route: route.abort())
    tab.goto(file.resolve().as_uri(), wait_until="load")
    if not tab.evaluate(STILL): yield "Without a network a live figure has no picture."
    yield from (f"Without a network: {problem}" for problem in said if problem.startswith("A script failed"))


def exporter():
    "Notebook to the inside of a page, without the prompts beside its cells."
    from nbconvert import HTMLExporter
    from traitlets.config import Config
    plain = dict(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True)
    return HTMLExporter(config=Config(HTMLExporter=plain, TagRemovePreprocessor=dict(enabled=True, remove_input_tags={"echo-false"})))


def readable(page):
    "A staged page for nbconvert: its title as a heading, no options above the code and no colours in it, and no code where the site shows none."
    import nbformat, yaml
    cells = []
    for cell in page["cells"]:
        text = source(cell)
        if cell["cell_type"] == "raw":
            front = yaml.safe_load(text.strip().strip("-"))
            cell, text = dict(cell, cell_type="markdown"), f"# {front.get('title', '')}\n\n> {front.get('description', '')}"
        metadata = {"tags": ["echo-false"] * ("#| echo: false" in text)}
        if cell["cell_type"] == "code": text = re.sub(r"^#\|.*\n?", "", text, flags=re.M)
        cells.append({key: value for key, value in cell.items() if key in ("id", "cell_type", "outputs", "execution_count")} | dict(source=text, metadata=metadata))
    return nbformat.reads(json.dumps(page | dict(cells=cells, metadata=dict(language_info=dict(name="text", pygments_lexer="text")))), as_version=4)


def as_drawn(text):
    "The HTML of nbconvert, with the class that a result has on the site, and without its marks for the colours of code."
    text = text.replace("output_subarea", "output_subarea cell-output-display").replace("output_markdown", "output_markdown cell-output-markdown")
    return re.sub(r'(<div class="highlight[^"]*">\s*<pre>)(.*?)(</pre>)', lambda code: code[1] + re.sub(r"</?span[^>]*>", "", code[2]) + code[3], text, flags=re.S)


def write(root, staged, folder):
    "Every staged page as an HTML file: name -> file."
    made, files = exporter(), {}
    style, script = ((root/"nbs"/name).read_text(encoding="utf-8") for name in ("styles.css", "wide.html"))
    for name, page in staged.items():
        files[name] = folder/f"{name}.html"
        files[name].parent.mkdir(parents=True, exist_ok=True)
        files[name].write_text(FRAME.format(name=name, style=style, inside=as_drawn(made.from_notebook_node(readable(page))[0]), script=script), encoding="utf-8")
    for images in root.glob("nbs/**/images"): shutil.copytree(images, folder/images.relative_to(root/"nbs"))
    return files


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
        files = write(root, staged, Path(folder))
        for name, file in files.items():
            seen[name], problems[name] = look_at(tab, said, file, name, pictures)
            size = file.stat().st_size
            if size > MOST_BYTES: problems[name].append(("light", f"{size / 1e6:.1f} MB."))
        for name in [name for name in files if seen[name]["live"]][:1]: problems[name] += few("drawn", lost_offline(tab, said, files[name]))
    for name in seen: problems[name] += few("links", broken(name, seen, site))
    return problems, sum(page["live"] for page in seen.values())


def unanswered(tab):
    "Figures of a card that do not say at the pointer, or at the arrow keys, what their marks say."
    said = """() => { const tip = document.querySelector("body > [role=status]"); return tip.hidden ? "" : tip.textContent; }"""
    for number, frame in enumerate(tab.query_selector_all("figure .frame"), 1):
        marks = frame.query_selector_all(".over > *")
        if not marks: yield f"Nothing in figure {number} answers to the pointer."
        for what, mark, act in (("pointer", marks[-1:], lambda mark: mark.hover(force=True)), ("arrow keys", marks[:1], lambda mark: (tab.mouse.move(1, 1), frame.press("Escape"), frame.press("ArrowRight")))):
            for mark in mark:
                act(mark)
                if not tab.evaluate(said) or tab.evaluate(said) != mark.get_attribute("data-told"): yield f"Figure {number} does not answer to the {what}: it says {tab.evaluate(said)!r}."


def look_at_cards(report, pictures=None):
    "Every page of a report, and that each figure of a card answers to the pointer and to the keys."
    if lacking():
        yield "cards: opened in a browser", Skip(lacking())
        return
    with browser() as (tab, said):
        for file in sorted(report.glob("*.html")):
            seen, problems = look_at(tab, said, file, file.stem, pictures)
            problems += few("drawn", unanswered(tab)) + few("quiet", said)
            size = file.stat().st_size
            if size > MOST_CARD: problems.append(("light", f"{size / 1e6:.1f} MB."))
            if not seen["figures"] and file.stem not in ("index", "findings"): problems.append(("drawn", "There is no figure on the card."))
            yield f"cards: {file.name} ({size / 1e3:.0f} kB) in a browser without a network", "\n".join(problem for _, problem in problems)


def small_card(folder):
    "A card with one finding and a figure of each kind."
    import pandas as pd
    from interp_kit.findings import Card, Finding
    from interp_kit.views import attention_view, bars, heat_map, lines, scatter, token_strip
    finding = Finding("A card opens anywhere", estimate=1, interval=(.5, 1.5), n=3)
    table = pd.DataFrame(dict(x=[0, 1, 0, 1], y=[0, 0, 1, 1], value=[0, 1, 2, -1]))
    figure, strip = heat_map(table, "x", "y", "value", "Four numbers"), token_strip(["a", " card"], [0, 1], "Two tokens")
    drawn = [draw(table, "x", "value", caption=draw.__name__) for draw in (lines, scatter, bars)]
    views = attention_view(["a", " card"], [[[1, 0], [.5, .5]]]), *drawn
    return Card("A small card", "Does it open?", [finding], figure=figure, sections=[("Tokens", strip), ("Views", *views, table)]).save(folder)


def check(root, pictures=None):
    "Stage the site, and open every page of it."
    if lacking():
        yield "browser: every page in a browser without a network", Skip(lacking())
        return
    from pages import pages, stage
    found, live = look_at_pages(root, pages(stage(root)), pictures)
    for rule, what in RULES.items():
        if rule == "open" and not axe(): yield f"browser: {what}", Skip("axe-core is not installed: pip install axe-playwright-python.")
        else: yield f"browser: {what}" + f" ({live} live ones at each width)" * (rule == "drawn"), "\n".join(f"{name}: {problem}" for name, problems in found.items() for of, problem in problems if of == rule)
    with tempfile.TemporaryDirectory() as folder:
        small_card(Path(folder))
        yield from look_at_cards(Path(folder), pictures)


if __name__ == "__main__":
    cards = sys.argv[1:2] == ["--cards"]
    folders = [Path(folder) for folder in sys.argv[1 + cards:]]
    results = list(look_at_cards(*folders) if cards else check(ROOT, *folders))
    print("\n".join(f"{what}: {problem or 'ok'}" for what, problem in results))
    sys.exit(any(problem and not isinstance(problem, Skip) for _, problem in results))
