"""The site, staged by nbdev as it is before Quarto draws it; README.md, which is its first page; and nbs/llms.txt, which lists its pages.

`python tools/pages.py` writes README.md and nbs/llms.txt from the notebooks.
"""
import json, os, re, sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from common import notebook_files, read_notebook, source

ROOT = Path(__file__).resolve().parent.parent
MOST_IMAGE = 100_000
SHOWN = "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml"
README_NOTE = "<!-- Made from nbs/index.ipynb by tools/pages.py: edit that, not this. -->\n\n"
# The settings of Quarto that are in use, each with what may stand in it: Quarto itself is not asked here.
SETTINGS = {"": "project lang format website metadata-files format-links", "project": "type render resources output-dir", "format": "html commonmark",
    "format.html": "theme respect-user-color-scheme css include-after-body toc toc-depth anchor-sections code-fold code-summary code-tools code-copy code-overflow keep-md canonical-url",
    "website": "title site-url description repo-branch repo-url favicon image image-alt open-graph twitter-card repo-subdir repo-actions search page-navigation back-to-top-navigation bread-crumbs navbar sidebar page-footer",
    "website.navbar": "background foreground collapse-below left right", "website.sidebar": "style collapse-level contents", "website.page-footer": "left center right"}


@cache
def stage(root):
    "Let nbdev prepare every page in _proc, once: this runs the code that documents each function."
    os.chdir(root)
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    refresh_quarto_yml()
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


def settings(root):
    "The settings of the site: _quarto.yml with the files that it names."
    import yaml
    read = lambda file: yaml.safe_load(file.read_text(encoding="utf-8"))
    def merged(old, new): return {**old, **{key: merged(old[key], value) if isinstance(old.get(key), dict) else value for key, value in new.items()}}
    site = read(root/"_quarto.yml")
    for file in site["metadata-files"]: site = merged(site, read(root/"nbs"/file))
    return site


def entries(items):
    "Where the entries of a menu or a sidebar lead to, in their order."
    for item in items:
        if isinstance(item, str): yield item
        elif "href" in item: yield item["href"]
        else: yield from entries(item.get("contents") or item.get("menu"))


def front(page):
    "Title and summary of a staged page."
    import yaml
    found = yaml.safe_load(source(page["cells"][0]).strip().strip("-"))
    return found["title"], found.get("description", "")


def missing_pages(root, staged):
    "Notebooks that have no page, or that the sidebar does not lead to, or that Quarto is not told to draw."
    site = settings(root)
    listed = {entry.removesuffix(".ipynb") for entry in entries(site["website"]["sidebar"]["contents"])}
    for file in notebook_files(root):
        name = file.relative_to(root/"nbs").with_suffix("").as_posix()
        if name not in staged: yield f"{name} has no page."
        elif name not in listed: yield f"{name} is not in the sidebar: give it a line in nbs/sidebar.yml."
        if not any(fnmatch(f"/{name}.ipynb", glob) and glob.count("/") == name.count("/") + 1 for glob in site["project"]["render"]): yield f"{name} is not drawn: _quarto.yml has no pattern for it under render."


def unknown_settings(site, place=""):
    "Names in the settings that Quarto has no meaning for, as far as they are known here."
    for name in site:
        inside = f"{place}.{name}".strip(".")
        if name not in SETTINGS[place].split(): yield f"_quarto.yml: {inside} is not known."
        elif inside in SETTINGS and isinstance(site[name], dict): yield from unknown_settings(site[name], inside)


def broken_settings(root, staged):
    "What the settings of the site name, and is not there or too big."
    site = settings(root)
    yield from unknown_settings(site)
    web, page = site["website"], site["format"]["html"]
    targets = [*entries(web["sidebar"]["contents"]), *(target for side in ("left", "right") for place in ("navbar", "page-footer") if isinstance(web[place][side], list) for target in entries(web[place][side]))]
    themes = [name for theme in page["theme"].values() for name in ([theme] if isinstance(theme, str) else theme) if "." in name]
    files = [web["favicon"], web["image"], page["css"], page["include-after-body"], *themes, *site["project"]["resources"], *site["metadata-files"]]
    for target in [*targets, *files]:
        if not re.match(r"https://", target) and not (root/"nbs"/target).exists(): yield f"_quarto.yml: {target} leads nowhere."
    if (root/"nbs"/web["image"]).stat().st_size > MOST_IMAGE: yield f"{web['image']} has more than {MOST_IMAGE / 1000:.0f} kB."


def llms_text(root, staged):
    "What the site has, as plain text: a line for each page, by the sections of the sidebar."
    web = settings(root)["website"]
    def line(entry):
        name = entry.removesuffix(".ipynb")
        title, summary = front(staged[name])
        return f"- [{title}]({web['site-url'].rstrip('/')}/{name}.html.md): {summary}".rstrip(": ")
    text = f"# {web['title']}\n\n> {web['description']}\n"
    for item in web["sidebar"]["contents"]:
        section, pages = (item["section"], entries(item["contents"])) if isinstance(item, dict) else ("", [item])
        text += (f"\n## {section}\n\n" if section else "\n") + "\n".join(line(page) for page in pages if page.removesuffix(".ipynb") in staged) + "\n"
    return text


def stale_llms_text(root, staged):
    "Whether nbs/llms.txt is what the pages make."
    file = root/"nbs/llms.txt"
    if not file.exists() or file.read_text(encoding="utf-8") != llms_text(root, staged): yield "nbs/llms.txt is not what the pages make: run 'python tools/pages.py' and commit it."


def unshown_formulas(root, staged):
    "Formulas in a form that is not shown everywhere: Quarto and GitHub both read what stands between dollars."
    for name, page in staged.items():
        text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$(?! )[^$\n]+(?<! )\$", "", prose(page), flags=re.S)
        for found in re.findall(r"\\\(|\\\[|\\begin\{\w+\}|\$[^$\n]+\$", text): yield f"{name}: {found} should be a formula between $ and $, without spaces inside."


def unlabelled_pictures(root, staged):
    "Stored pictures that say nothing to those who cannot see them."
    for name, page in staged.items():
        for output in outputs(page):
            if '<img alt=""' in "".join(output.get("data", {}).get("text/html", "")): yield f"{name}: a picture has no text: draw it with an alt text, or put '#| fig-alt: \"...\"' into the first line of its cell."


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
    import nbformat
    from nbconvert import MarkdownExporter
    from traitlets.config import Config
    page = nbformat.reads(json.dumps(staged["index"]), as_version=4)
    page.cells = [cell for cell in page.cells if cell.cell_type != "raw" and "AUTOGENERATED" not in cell.source]
    for cell in page.cells:
        if cell.source.startswith("#| echo: false"): cell.metadata.tags = ["echo-false"]
    page.metadata["language_info"] = {"name": "python"}
    title, summary = front(staged["index"])
    hidden = Config(TagRemovePreprocessor=dict(enabled=True, remove_input_tags={"echo-false"}))
    text, resources = MarkdownExporter(config=hidden).from_notebook_node(page)
    if resources["outputs"]: raise ValueError("nbs/index.ipynb stores a picture as a result: put it into nbs/images and show it by a link, so that README.md can too.")
    text = re.sub(r"(\]\(|src=\")images/", r"\1nbs/images/", text)
    return README_NOTE + f"# {title}\n\n> {summary}\n\n" + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def stale_readme(root, staged):
    "Whether README.md is what the first page makes."
    if "index" not in staged: yield "There is no nbs/index.ipynb."
    elif not (root/"README.md").exists() or (root/"README.md").read_text(encoding="utf-8") != readme(staged):
        yield "README.md is not what nbs/index.ipynb makes: run 'python tools/pages.py' and commit it."


def double_links(staged):
    "Links whose words nbdev has made a link of too, so that neither is one."
    for name, page in staged.items():
        for found in re.findall(r"\[\[`[^`]+`\]\([^)]*\)\]\([^)]*\)", prose(page)): yield f"{name}: {found} is a link within a link: leave one of them out."


def check(root):
    "Stage the site, then look at it."
    staged = pages(stage(root))
    yield "pages: nbdev stages the site", "" if staged else "No page was staged."
    yield "pages: every notebook has a page, and the sidebar leads to it", "\n".join(missing_pages(root, staged))
    yield "pages: what the settings of the site name is there", "\n".join(broken_settings(root, staged))
    yield "pages: every link inside the site leads somewhere", "\n".join(broken_links(root, staged))
    yield "pages: no link stands within a link", "\n".join(double_links(staged))
    yield "pages: every public name is documented", "\n".join(undocumented(root, staged))
    yield "pages: every stored result can be shown", "\n".join(unseen_outputs(staged))
    yield "pages: every stored picture has a text", "\n".join(unlabelled_pictures(root, staged))
    yield "pages: formulas are written as they are shown everywhere", "\n".join(unshown_formulas(root, staged))
    yield "pages: nbs/llms.txt lists the pages", "\n".join(stale_llms_text(root, staged))
    yield "pages: README.md is nbs/index.ipynb", "\n".join(stale_readme(root, staged))


if __name__ == "__main__":
    staged = pages(stage(ROOT))
    for name, text in {"README.md": readme(staged), "nbs/llms.txt": llms_text(ROOT, staged)}.items(): (ROOT/name).write_text(text, encoding="utf-8", newline="\n")
