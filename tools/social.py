"""The picture that stands beside a link to the site: nbs/images/social.png, from the figure on its first page.

`python tools/social.py` draws it again, in the browser that tools/browser.py looks at the pages with.
"""
import base64
from pathlib import Path

from browser import browser

ROOT = Path(__file__).resolve().parent.parent
FIGURE, CARD, SIZE = "nbs/images/contraction_circuit.svg", "nbs/images/social.png", dict(width=1200, height=630)
PAGE = """<style>body { margin: 0; padding: 40px 60px; height: 550px; display: flex; flex-direction: column; font: 34px/1.3 'DejaVu Sans', sans-serif; color: #1b1b1b; background: #fff; border-bottom: 0 }
h1 { margin: 0; font-size: 58px; color: #1f5fa8 } p { margin: 6px 0 18px } img { flex: 1; min-height: 0; object-fit: contain; object-position: left }</style>
<h1>interp_kit</h1><p>How does this transformer do that, and how sure are we?</p><img src="data:image/svg+xml;base64,%s">"""


def draw(root):
    "The card as a PNG."
    with browser() as (tab, said):
        tab.set_viewport_size(SIZE)
        tab.set_content(PAGE % base64.b64encode((root/FIGURE).read_bytes()).decode(), wait_until="load")
        return tab.screenshot(type="png")


if __name__ == "__main__": (ROOT/CARD).write_bytes(draw(ROOT))
