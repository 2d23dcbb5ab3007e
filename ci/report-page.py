"""Opens pages in headless Chromium and says what a reader would run into. Called by ci/report-page."""

import sys
import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
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


def main():
    chromium, pictures, paths = sys.argv[1], Path(sys.argv[2]), [Path(name).resolve() for name in sys.argv[3:]]
    pictures.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in paths:
            faults += check(browser, path, pictures)
        browser.close()
    for fault in faults:
        print(f"report-page: {fault}", file=sys.stderr)
    print(f"{len(paths)} pages, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
