"The shape of the repository: small functions, small notebooks, a light import."
import ast, re, subprocess, sys
from configparser import ConfigParser

from common import notebook_files, read_notebook, source, templates

MOST_LINES, MOST_BYTES, MOST_SECONDS = 45, 400_000, 0.3
HEAVY = "torch", "transformer_lens", "transformers", "pandas", "numpy"


def long_functions(root):
    "Functions whose body is longer than anybody wants to read."
    for file in [*sorted(root.glob("interp_kit/**/*.py")), *sorted(root.glob("tools/*.py"))]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)): continue
            lines = node.end_lineno - node.body[0].lineno + 1
            if lines > MOST_LINES: yield f"{file.relative_to(root)}: {node.name} has {lines} lines; {MOST_LINES} are allowed."


def big_notebooks(root):
    "Notebooks too big to be read, compared and merged."
    for file in [*notebook_files(root), *templates(root)]:
        size = file.stat().st_size
        if size > MOST_BYTES: yield f"{file.relative_to(root)} has {size / 1000:.0f} kB; {MOST_BYTES / 1000:.0f} are allowed: save smaller outputs."


def public_names(code):
    "Public functions and classes that a cell defines; methods that are patched in belong to their class."
    patched = lambda node: any("patch" in ast.unparse(decorator) for decorator in node.decorator_list)
    kinds = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
    return [n.name for n in ast.parse(code).body if isinstance(n, kinds) and n.name[0] != "_" and not patched(n)]


def crowded_cells(root):
    "Exported cells that define more than one public function or class."
    for file in [*notebook_files(root), *templates(root)]:
        for cell in read_notebook(file)["cells"]:
            if cell["cell_type"] != "code" or not source(cell).startswith("#| export"): continue
            names = public_names(source(cell))
            if len(names) > 1: yield f"{file.relative_to(root)}: one cell defines {', '.join(names)}; give each a cell of its own."


def overwritten_names(root):
    "Module-level names that are given a second value: tests of a notebook that come before it do not see that."
    for file in sorted(root.glob("interp_kit/**/*.py")):
        seen = set()
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.Assign): continue
            names = {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            own = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            for name in sorted(names & seen - own): yield f"{file.relative_to(root)}: {name} is given another value in line {node.lineno}: give one of the two another name."
            seen |= names


def undeclared_imports(root):
    "Packages that a module imports and settings.ini does not ask for."
    settings = ConfigParser(delimiters=["="])
    settings.read(root/"settings.ini", encoding="utf-8")
    needs = " ".join(value for key, value in settings["DEFAULT"].items() if key != "dev_requirements")
    declared = {re.match(r"[\w.-]+", need)[0].lower().replace("-", "_") for need in needs.split()}
    for file in sorted(root.glob("interp_kit/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, "interp_kit"}:
                if name.lower() not in declared: yield f"{file.relative_to(root)} imports {name}, and settings.ini does not ask for it."


def import_time(root):
    "What is wrong with `import interp_kit` alone: slow, or not alone."
    code = ("import sys, time; start = time.perf_counter(); import interp_kit; print(time.perf_counter() - start, "
            f"*({{*sys.modules}} & {{*{HEAVY!r}}}))")
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() for _ in range(5)]
    best, loaded = min(float(run[0]) for run in runs), {name for run in runs for name in run[1:]}
    if best > MOST_SECONDS: yield f"import interp_kit takes {best:.2f} s; {MOST_SECONDS} s are allowed."
    if loaded: yield f"import interp_kit loads {', '.join(sorted(loaded))}: nothing heavy may be imported before a name is used."


def site_link(root):
    "Whether the settings of the site, which lie at the top, are found where nbdev looks for them."
    link = root/"nbs/_quarto.yml"
    if not link.exists() or link.resolve() != (root/"_quarto.yml").resolve():
        yield "nbs/_quarto.yml does not lead to _quarto.yml: restore it with 'ln -sfn ../_quarto.yml nbs/_quarto.yml'."


def check(root):
    "All of it."
    for what, find in {"nbs/_quarto.yml leads to _quarto.yml": site_link, f"functions of at most {MOST_LINES} lines": long_functions,
            f"notebooks of at most {MOST_BYTES // 1000} kB": big_notebooks, "one public name in an exported cell": crowded_cells, "a name has one meaning in a module": overwritten_names,
            "every import is asked for in settings.ini": undeclared_imports,
            "import interp_kit is quick and loads nothing heavy": import_time}.items():
        yield f"layout: {what}", "\n".join(find(root))
