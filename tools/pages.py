"""The site, staged by nbdev as it is before Quarto draws it, and README.md, which is its first page.

`python tools/pages.py` writes README.md from nbs/index.ipynb.
"""
import json, os, re, sys
from functools import cache
from pathlib import Path

from common import notebook_files, read_notebook, source

ROOT = Path(__file__).resolve().parent.parent
SHOWN = "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml"
README_NOTE = "<!-- Made from nbs/index.ipynb by tools/pages.py: edit that, not this. -->\n\n"


@cache
def stage(root):
    "Let nbdev prepare every page in _proc, once: this runs the code that documents each function."
    os.chdir(root)
    from nbdev.quarto import nbdev_sidebar, refresh_quarto_yml
    from nbdev.serve import proc_nbs
    refresh_quarto_yml()
    nbdev_sidebar.__wrapped__()
    return proc_nbs(n_workers=2, force=True)


def pages(cache):
    "Staged page -> its notebook."
    return {f.relative_to(cache).with_suffix("").as_posix(): read_notebook(f) for f in sorted(cache.rglob("*.ipynb"))}


def outputs(page):
    "The results that are stored on a page."
    return [output for cell in page["cells"] for output in cell.get("outputs", [])]


def prose(page):
    "All Markdown on a page: its own, and that of the functions that it documents."
    texts = [source(cell) for cell in page["cells"] if cell["cell_type"] == "markdown"]
    return "\n".join(texts + ["".join(output.get("data", {}).get("text/markdown", "")) for output in outputs(page)])


def anchors(page):
    "The names of a page's headings, as they stand after # in a link."
    headings = re.findall(r"^#+ +(.+?) *$", prose(page), re.M)
    return {re.sub(r"[^\w.\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def missing_pages(root, staged):
    "Notebooks that have no page, and entries of the sidebar that lead nowhere."
    import yaml
    for file in notebook_files(root):
        name = file.relative_to(root/"nbs").with_suffix("").as_posix()
        if name not in staged: yield f"{name} has no page."
    def entries(items):
        for item in items: yield from entries(item["contents"]) if isinstance(item, dict) else [item]
    sidebar = yaml.safe_load((root/"nbs/sidebar.yml").read_text(encoding="utf-8"))
    for entry in entries(sidebar["website"]["sidebar"]["contents"]):
        if entry.removesuffix(".ipynb") not in staged: yield f"The sidebar leads to {entry}, which is not there."


def broken_links(root, staged):
    "Links inside the site, and to files beside the notebooks, that lead nowhere."
    from nbdev.config import get_config
    site = get_config(root).doc_url.rstrip("/") + "/"
    for name, page in staged.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", prose(page), flags=re.S)):
            inside = target.startswith(site)
            path, _, anchor = target.removeprefix(site).partition("#")
            if inside and path == "": continue
            if not inside and re.match(r"\w+:", target): continue
            other = re.sub(r"\.(html|ipynb)$", "", path if inside or not path else os.path.normpath(Path(name).parent/path)) or name
            if other not in staged and not (root/"nbs"/other).exists(): yield f"{name}: {target} leads nowhere."
            elif anchor and other in staged and anchor not in anchors(staged[other]): yield f"{name}: {target} names no heading of that page."


def unseen_outputs(staged):
    "Stored results that the site would not show: errors, and data without a picture or text of it."
    for name, page in staged.items():
        for output in outputs(page):
            if output["output_type"] == "error": yield f"{name}: an error is stored as a result: {output['ename']}."
            kinds = output.get("data", {}).keys()
            data = [kind for kind in kinds if kind.startswith("application/") and kind != "application/json"]
            state = "widgets" in page["metadata"] and "application/vnd.jupyter.widget-view+json" in data
            if data and not state and not any(kind in kinds for kind in SHOWN): yield f"{name}: a result is only {', '.join(data)}, which the site does not show."


def undocumented(root, staged):
    "Public functions and classes that have no heading on the page of their module."
    from nbdev.config import get_config
    if not (root/"interp_kit/_modidx.py").exists():
        yield "interp_kit/_modidx.py is missing: run nbdev-export and commit it."
        return
    sys.path.insert(0, str(root))
    from interp_kit._modidx import d
    base = get_config(root).doc_baseurl.strip("/") + "/"
    for module, names in d["syms"].items():
        for name, (link, _) in names.items():
            own = name.removeprefix(f"{module}.")
            if "." in own or own.startswith("_"): continue
            page, _, anchor = link.removeprefix("/").removeprefix(base).partition("#")
            page = page.removesuffix(".html")
            if page not in staged: yield f"{name}: its page {page} is not there."
            elif anchor not in anchors(staged[page]): yield f"{name} is not documented on {page}."


def readme(staged):
    "README.md, from the staged first page."
    import nbformat, yaml
    from nbconvert import MarkdownExporter
    page = nbformat.reads(json.dumps(staged["index"]), as_version=4)
    page.cells = [cell for cell in page.cells if cell.cell_type != "raw" and "AUTOGENERATED" not in cell.source]
    page.metadata["language_info"] = {"name": "python"}
    front = yaml.safe_load(source(staged["index"]["cells"][0]).strip().strip("-"))
    text, resources = MarkdownExporter().from_notebook_node(page)
    if resources["outputs"]: raise ValueError("nbs/index.ipynb stores a picture as a result: put it into nbs/images and show it by a link, so that README.md can too.")
    text = re.sub(r"(\]\(|src=\")images/", r"\1nbs/images/", text)
    return README_NOTE + f"# {front['title']}\n\n> {front['description']}\n\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def stale_readme(root, staged):
    "Whether README.md is what the first page makes."
    if "index" not in staged: yield "There is no nbs/index.ipynb."
    elif not (root/"README.md").exists() or (root/"README.md").read_text(encoding="utf-8") != readme(staged):
        yield "README.md is not what nbs/index.ipynb makes: run 'python tools/pages.py' and commit it."


def check(root):
    "Stage the site, then look at it."
    staged = pages(stage(root))
    yield "pages: nbdev stages the site", "" if staged else "No page was staged."
    yield "pages: every notebook and every entry of the sidebar has a page", "\n".join(missing_pages(root, staged))
    yield "pages: every link inside the site leads somewhere", "\n".join(broken_links(root, staged))
    yield "pages: every public name is documented", "\n".join(undocumented(root, staged))
    yield "pages: every stored result can be shown", "\n".join(unseen_outputs(staged))
    yield "pages: README.md is nbs/index.ipynb", "\n".join(stale_readme(root, staged))


if __name__ == "__main__":
    text = readme(pages(stage(ROOT)))
    (ROOT/"README.md").write_text(text, encoding="utf-8", newline="\n")
