"""axe-core: what of the Web Content Accessibility Guidelines a program can check."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from testing.node import CLIENT

AXE = CLIENT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"]});
  const told = (id) => ({target, failureSummary}) => `${id} ${target} ${failureSummary}`;
  return violations.flatMap(({id, nodes}) => nodes.map(told(id)));
}"""


async def violations(page: Page) -> list[str]:
    """What is wrong with the page as it is now: rule, element, and how to mend it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run `npm ci` in clients/browser")
    await page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    return list(await page.evaluate(RUN))
