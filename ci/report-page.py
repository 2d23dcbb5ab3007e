"""Opens pages in headless Chromium and says what a reader would run into. Called by ci/report-page."""

import re
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

# In seconds, by the number of checks in the page.
PATIENCE = [(1000, 1.0), (20_000, 3.0)]
WAYS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "scripts-off": {"java_script_enabled": False},
}
AXE_LIMIT = 2000


def opened(browser, path, options):
    """A page with everything that it did and should not have done."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: request.url != path.as_uri() and faults.append(f"request: {request.url}"))
    return context, page, faults


def check(browser, path, pictures):
    faults = []
    checks = 0
    for way, options in WAYS.items():
        context, page, seen = opened(browser, path, options)
        began = time.monotonic()
        page.goto(path.as_uri(), wait_until="load")
        took = time.monotonic() - began
        page.screenshot(path=pictures / f"{path.stem}-{way}.png")
        if way != "scripts-off":
            checks = page.locator("details.check").count()
            # With everything open, a text that breaks the layout shows.
            if checks < AXE_LIMIT:
                page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            if width[0] > width[1]:
                seen.append(f"{width[0]} px wide on a screen of {width[1]} px")
            if page.evaluate("document.scripts.length") != 1:
                seen.append("holds another script")
        if way in ("light", "dark") and checks < AXE_LIMIT:
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    seen.append(f"axe: {violation['id']}: {violation['nodes'][0]['html'][:120]}")
        limit = next((seconds for most, seconds in PATIENCE if checks <= most), None)
        if limit and took > limit:
            seen.append(f"opens in {took:.2f} s, {limit} s are allowed")
        print(f"{path.name} {way}: {checks} checks, {path.stat().st_size} bytes, open after {took:.2f} s")
        faults += [f"{path.name} {way}: {fault}" for fault in seen]
        context.close()
    context, page, seen = opened(browser, path, {})
    page.goto(path.as_uri(), wait_until="load")
    if checks < AXE_LIMIT:
        page.pdf(path=pictures / f"{path.stem}.pdf")
    faults += filters(page, path)
    faults += [f"{path.name} print: {fault}" for fault in seen]
    context.close()
    return faults


def filters(page, path):
    """The boxes, the search and the links do what they say."""
    faults = []
    passed = page.locator("#show-s-passed")
    if passed.count():
        page.evaluate("document.querySelector('#show-s-passed').click()")
        if page.evaluate("[...document.querySelectorAll('.check.s-passed')].some((c) => c.checkVisibility())"):
            faults.append(f"{path.name}: what passed is shown although its box is off")
        page.evaluate("document.querySelector('#filters').reset()")
    first = page.evaluate("document.querySelector('.check .body')?.id")
    if first:
        page.goto(f"{path.as_uri()}#{first}")
        if not page.evaluate(f"document.getElementById('{first}').closest('details').open"):
            faults.append(f"{path.name}: a link to a check does not open it")
    return faults


# What decides the width of a table where GitHub shows a document: its own scrolls when it is wider than the column.
DOCUMENT_WIDTH = 980
DOCUMENT_STYLE = """body { margin: 0; width: 980px; font: 16px/1.5 "Noto Sans", Helvetica, Arial, sans-serif; word-wrap: break-word }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; border-collapse: collapse }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0 } code { font: 85% ui-monospace, monospace } pre { overflow: auto }"""


def anchors(text):
    """The names of headings as GitHub makes them."""
    names = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]*>|\\\\", "", heading).lower())
        names.add(plain.replace(" ", "-"))
    return names


def charts(page, text, mermaid):
    """Draws the blocks of Mermaid in a page; how many there are, and what Mermaid says against them."""
    blocks = re.findall(r"^```mermaid\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if not blocks:
        return 0, []
    page.add_script_tag(path=str(mermaid))
    faults = page.evaluate(
        """async (blocks) => {
            mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
            const places = [...document.querySelectorAll("code.language-mermaid")];
            const faults = [];
            for (const [index, block] of blocks.entries()) {
                try {
                    await mermaid.parse(block);
                    const drawn = await mermaid.render(`chart-${index}`, block);
                    const place = document.createElement("div");
                    place.innerHTML = drawn.svg;
                    places[index]?.parentElement.replaceWith(place);
                    if (place.querySelector("svg").getBoundingClientRect().width < 50) faults.push("nothing is drawn");
                } catch (error) {
                    faults.push(String(error).slice(0, 300));
                }
            }
            return faults;
        }""", blocks)
    return len(blocks), faults


def document(browser, path, root, pictures, mermaid):
    """Tables that do not fit, links that lead nowhere, and charts that Mermaid does not draw."""
    faults = []
    text = path.read_text()
    html = MarkdownIt("commonmark").enable("table").render(text)
    context = browser.new_context(viewport={"width": DOCUMENT_WIDTH, "height": 1000}, java_script_enabled=True)
    page = context.new_page()
    page.set_content(f"<style>{DOCUMENT_STYLE}</style>{html}")
    wide = page.evaluate(
        "[...document.querySelectorAll('table')].filter((t) => t.scrollWidth > t.clientWidth)"
        ".map((t) => [t.scrollWidth, t.innerText.slice(0, 80)])")
    for width, beginning in wide:
        faults.append(f"{path.name}: a table of {width} px where {DOCUMENT_WIDTH} px are there: {beginning!r}")
    drawn, wrong = charts(page, text, mermaid)
    faults += [f"{path.name}: a chart: {fault}" for fault in wrong]
    page.screenshot(path=pictures / f"{path.stem}.png", full_page=True)
    targets = page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")
    for target in targets:
        if re.match(r"https?:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.is_relative_to(root) or not file.exists():
            faults.append(f"{path.name}: {target} is not there")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            faults.append(f"{path.name}: {target} leads to no heading")
    print(f"{path.name}: {page.locator('table').count()} tables, {len(wide)} too wide, {len(targets)} links, {drawn} charts")
    context.close()
    return faults


def main():
    chromium, pictures, mermaid = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    paths = [Path(name).resolve() for name in sys.argv[4:]]
    pictures.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in paths:
            if path.is_dir():
                for text in sorted(path.rglob("*.md")):
                    faults += document(browser, text, path, pictures, mermaid)
                faults += check(browser, path / "reports/report.html", pictures)
            else:
                faults += check(browser, path, pictures)
        browser.close()
    for fault in faults:
        print(f"report-page: {fault}", file=sys.stderr)
    print(f"{len(paths)} pages, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
