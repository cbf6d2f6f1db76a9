"""What the tests in a browser look for on a page."""

from axe_playwright_python.sync_playwright import Axe

BROKEN_WORDS = """
() => {
  const broken = [];
  for (const cell of document.querySelectorAll("th, td")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[\\p{L}\\d.]{2,}/gu)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((r) => Math.round(r.top)));
        if (lines.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}
"""
WIDTHS = (360, 400, 480, 600, 740, 820, 960, 1080, 1100, 1200, 1280, 1440, 1920)


def claims(page):
    """The claims in the table, as they are shown."""
    # Their text, laid out or not: what is far from the window is not.
    return page.locator(
        "table.claims tbody.entry:visible > tr:first-child > th > .name"
    ).all_text_contents()


def inaccessible(page, scheme):
    """What axe finds; between light and dark only the colours differ."""
    options = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in Axe().run(page, options=options).response["violations"]
    ]
