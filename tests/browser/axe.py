"""Accessibility of a page as axe-core sees it: every rule of WCAG 2.2 A and AA, and its best practices."""

from importlib.resources import files

from playwright.sync_api import Page

SOURCE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """`rule: element` for each. The page needs JavaScript switched on."""
    page.evaluate(SOURCE)
    # Half-way from one colour to another nothing has enough contrast.
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]
