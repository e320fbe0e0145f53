"""The list element in a real browser, fed by hand."""

import re
from typing import Any

import pytest
from playwright.async_api import Page

from testing.chromium import in_chromium
from tests.integration.clients.browser.listing import tell, upload, words

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_bar_says_to_those_who_do_not_see_it_what_it_shows(page: Page) -> None:
    await tell(page, "film.mp4", bytesPerSecond=2_500_000, etaSeconds=30)
    bar = page.get_by_role("progressbar", name="film.mp4")
    assert await bar.get_attribute("aria-valuenow") == "25"
    assert words(await bar.get_attribute("aria-valuetext")) == "25%, 25 MB of 100 MB · 2.5 MB/s · 30 sec left"
    assert await page.get_by_role("list", name="Uploads").get_by_role("listitem").count() == 1


async def test_an_unknown_size_has_no_percent(page: Page) -> None:
    await tell(page, "film.mp4", bytesTotal=None, percent=None)
    bar = page.get_by_role("progressbar", name="film.mp4")
    assert await bar.get_attribute("aria-valuenow") is None
    assert words(await bar.get_attribute("aria-valuetext")) == "25 MB"


async def test_a_failure_says_why(page: Page) -> None:
    await tell(page, "film.mp4", status="failed", error={"code": "X", "message": "The disk is full."})
    await page.get_by_text("The disk is full.", exact=True).wait_for()


async def test_without_a_connection_speed_and_time_left_are_not_claimed(page: Page) -> None:
    await tell(page, "film.mp4", bytesPerSecond=2_500_000, etaSeconds=30)
    await page.get_by_text("30 sec left").wait_for()
    await page.evaluate("source.become('reconnecting')")
    await page.get_by_text("25 MB of 100 MB", exact=True).wait_for()


async def test_only_ends_are_spoken_and_not_those_of_a_snapshot(page: Page) -> None:
    await tell(page, "film.mp4")
    await tell(page, "film.mp4", rev=2, percent=60)
    await tell(page, "film.mp4", rev=3, status="completed", percent=100)
    await page.get_by_text("film.mp4: Done", exact=True).wait_for(state="attached")
    said = page.get_by_role("status")
    await page.evaluate(
        "upload => { source.uploads = [upload]; source.dispatchEvent(new CustomEvent('uploads')); }",
        upload("other", status="completed"),
    )
    await page.get_by_role("progressbar", name="other").wait_for()
    assert await said.inner_text() == "film.mp4: Done"


async def test_the_latest_start_comes_first_and_what_is_gone_goes(page: Page) -> None:
    for second in (1, 3, 2):
        await tell(page, f"file-{second}", startedAt=f"2030-01-01T00:00:0{second}.000Z")
    await page.get_by_role("progressbar", name="file-2").wait_for()
    assert await page.locator(".name").all_inner_texts() == ["file-3", "file-2", "file-1"]
    await page.evaluate("source.uploads = source.uploads.slice(0, 1); source.dispatchEvent(new CustomEvent('uploads'))")
    await page.get_by_role("progressbar", name="file-3").wait_for(state="detached")
    assert await page.locator(".name").all_inner_texts() == ["file-2"]


async def test_however_many_updates_come_at_once_a_row_is_drawn_once(page: Page) -> None:
    await tell(page, "film.mp4")
    await page.get_by_role("progressbar").wait_for()
    drawn = await page.evaluate(
        """async upload => {
          let drawn = 0;
          const observer = new MutationObserver((changes) => { drawn += changes.length; });
          const changes = {childList: true, characterData: true, subtree: true};
          observer.observe(list.shadowRoot.querySelector(".facts"), changes);
          for (let rev = 2; rev < 2000; rev++) source.tell({...upload, rev, bytesUploaded: 3e7 + rev});
          await new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => setTimeout(resolve)), 400));
          return drawn;
        }""",
        upload("film.mp4"),
    )
    assert drawn == 1


async def test_rows_out_of_sight_are_drawn_more_rarely_but_never_forgotten(page: Page) -> None:
    for second in range(30):
        await tell(page, f"file-{second}", startedAt=f"2030-01-01T00:00:{second:02}.000Z")
    await page.get_by_role("progressbar", name="file-29").wait_for()
    seen, unseen = await page.evaluate(
        """async () => {
          const drawn = [0, 0];
          const all = list.shadowRoot.querySelectorAll(".facts");
          [all[0], all[29]].forEach((facts, index) =>
            new MutationObserver(() => drawn[index]++).observe(facts, {childList: true, subtree: true}));
          for (let rev = 2; drawn[1] < 2; rev++) {
            for (const uploadId of ["file-29", "file-0"]) {
              source.tell({...source.uploads.find((one) => one.uploadId === uploadId), rev, bytesUploaded: rev * 1e6});
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          return drawn;
        }"""
    )
    assert 0 < unseen < seen
    await tell(page, "file-0", rev=9999, bytesUploaded=99_000_000, startedAt="2030-01-01T00:00:00.000Z")
    await page.get_by_role("listitem").last.get_by_text("99 MB of 100 MB").wait_for()


async def test_a_name_is_text_whatever_it_holds(page: Page) -> None:
    name = '<img src=x onerror="window.broken = true">\u202egpj.exe'
    await tell(page, name)
    await page.get_by_role("progressbar").wait_for()
    assert await page.locator(".name").inner_text() == name.replace("\u202e", "\ufffd")
    assert await page.evaluate("window.broken") is None


async def test_an_upload_of_the_page_is_shown_until_the_server_knows_better(page: Page) -> None:
    own = upload("film.mp4", status="queued", rev=0, percent=0)
    await page.evaluate("upload => list.show(upload)", own)
    await page.get_by_text("Waiting · 100 MB").wait_for()
    await tell(page, "film.mp4")
    await page.get_by_text("25 MB of 100 MB").wait_for()
    failed = {**own, "attempt": 2, "rev": 1, "status": "failed", "error": {"message": "No way there."}}
    await page.evaluate("upload => list.show(upload)", failed)
    await page.get_by_text("No way there.", exact=True).wait_for()


async def test_buttons_are_offered_by_rule_and_told_as_events(page: Page) -> None:
    await page.evaluate(
        """() => {
          list.retryable = ({status}) => status === "failed";
          document.addEventListener("retry", ({detail}) => { window.retried = detail.upload.uploadId; });
        }"""
    )
    await tell(page, "film.mp4")
    await page.get_by_role("progressbar").wait_for()
    assert await page.get_by_role("button").count() == 0
    await tell(page, "film.mp4", rev=2, status="failed")
    await page.get_by_role("button", name="Retry: film.mp4").focus()
    await page.keyboard.press("Enter")
    assert await page.evaluate("window.retried") == "film.mp4"


async def test_right_to_left_the_bar_grows_from_the_right(page: Page) -> None:
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await page.add_style_tag(content="upload-progress-list { width: 400px }")
    await tell(page, "film.mp4", percent=50)
    await page.get_by_role("progressbar").wait_for()
    await page.wait_for_function(
        """() => {
          const bar = list.shadowRoot.querySelector(".bar").getBoundingClientRect();
          const fill = list.shadowRoot.querySelector(".fill").getBoundingClientRect();
          return Math.abs(fill.left - (bar.left + bar.width / 2)) < 2;
        }"""
    )


async def test_other_words_and_numbers_for_other_languages(page: Page) -> None:
    await page.evaluate("document.documentElement.lang = 'de'")
    await page.evaluate("list.texts = {of: (some, all) => `${some} von ${all}`, empty: 'Nichts da.'}")
    await page.get_by_text("Nichts da.").wait_for()
    await tell(page, "film.mp4", bytesUploaded=25_500_000)
    await page.get_by_text("25,5 MB von 100 MB").wait_for()


@pytest.mark.parametrize("language", ["en_US", "zh_CN", "C", "", "en--US", "not a language"])
async def test_whatever_the_page_calls_its_language_rows_are_drawn(page: Page, language: str) -> None:
    await page.evaluate("language => { document.documentElement.lang = language; }", language)
    await tell(page, "film.mp4")
    await page.get_by_role("progressbar", name="film.mp4").wait_for()
    assert "100" in await page.locator(".facts").inner_text()


@in_chromium
async def test_a_row_that_cannot_be_drawn_costs_only_itself_and_is_told_once(page: Page) -> None:
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text))
    await page.evaluate(
        "() => { list.retryable = ({uploadId}) => { if (uploadId === 'bad') throw new Error('no rule'); }; }"
    )
    for name in ("one", "bad", "two"):
        await tell(page, name)
    await page.get_by_role("progressbar", name="two").wait_for()
    for rev in (2, 3):
        await tell(page, "bad", rev=rev, percent=50)
        await tell(page, "two", rev=rev, percent=50 + rev)
        await page.get_by_text(f"{50 + rev}%").wait_for()
    assert sorted(await page.locator(".name").all_inner_texts()) == ["bad", "one", "two"]
    assert len([text for text in warnings if "no rule" in text]) == 1


async def test_without_news_an_upload_gets_quiet_and_then_stalled_without_an_event(page: Page) -> None:
    await page.evaluate("list.setAttribute('stalled-after-seconds', '8')")
    await tell_aged(page, "film.mp4", 4, bytesPerSecond=2_500_000, etaSeconds=30)
    await page.get_by_text("25 MB of 100 MB · 2.5 MB/s · 26 sec left", exact=True).wait_for()
    await page.get_by_text(re.compile(r"^25.MB of 100.MB · no news for [67].sec$")).wait_for()
    await page.get_by_text(re.compile(r"^Stalled · 25.MB of 100.MB · no news for \d+.sec$")).wait_for()
    await tell_aged(page, "film.mp4", 0, rev=2, bytesPerSecond=2_500_000, etaSeconds=30)
    await page.get_by_text("25 MB of 100 MB · 2.5 MB/s · 30 sec left", exact=True).wait_for()


@pytest.mark.parametrize(("set_to", "seconds"), [("7", 7), ("Infinity", None), ("0", 120), ("-1", 120), ("soon", 120)])
async def test_the_time_until_an_upload_is_stalled_can_be_set(page: Page, set_to: str, seconds: int | None) -> None:
    await page.evaluate("seconds => { list.stalledAfterSeconds = seconds; }", set_to)
    read = await page.evaluate("list.stalledAfterSeconds === Infinity ? null : list.stalledAfterSeconds")
    assert read == seconds


async def test_without_a_connection_no_upload_is_called_stalled_for_that(page: Page) -> None:
    await tell_aged(page, "film.mp4", 3600)
    await tell_aged(page, "other.mp4", 3630)
    await page.evaluate("source.connection = {state: 'reconnecting', ageMs: 3_600_000}")
    await page.evaluate("source.dispatchEvent(new CustomEvent('connection'))")
    await page.get_by_text("25 MB of 100 MB · no news for 30 sec", exact=True).wait_for()
    await page.get_by_text("25 MB of 100 MB", exact=True).wait_for()


async def test_an_end_stays_in_the_list_until_it_was_seen(page: Page) -> None:
    await tell(page, "film.mp4")
    await page.get_by_role("progressbar", name="film.mp4").wait_for()
    await look(page, hidden=True)
    await tell(page, "film.mp4", rev=2, status="completed", percent=100)
    await forget_all(page)
    await tell(page, "other.mp4")
    await page.get_by_role("progressbar", name="other.mp4").wait_for()
    await page.wait_for_timeout(1500)
    assert await page.get_by_role("status").inner_text() == ""
    assert await page.locator("[data-status=completed] .name").inner_text() == "film.mp4"
    await look(page, hidden=False)
    await page.get_by_text("film.mp4: Done", exact=True).wait_for(state="attached")
    await forget_all(page)
    await page.get_by_role("progressbar", name="other.mp4").wait_for(state="detached")
    assert await page.get_by_role("progressbar", name="film.mp4").count() == 1
    await page.evaluate("() => { const now = performance.now(); performance.now = () => now + 5000; }")
    await forget_all(page)
    await page.get_by_role("progressbar", name="film.mp4").wait_for(state="detached")


async def test_an_end_out_of_sight_was_not_seen(page: Page) -> None:
    for second in range(30):
        await tell(page, f"file-{second}", startedAt=f"2030-01-01T00:00:{second:02}.000Z")
    await tell(page, "file-0", rev=2, status="completed", startedAt="2030-01-01T00:00:00.000Z")
    await tell(page, "file-29", rev=2, status="completed", startedAt="2030-01-01T00:00:29.000Z")
    await page.get_by_text("Done").nth(1).wait_for(state="attached")
    await page.wait_for_timeout(500)
    await page.evaluate("() => { const now = performance.now(); performance.now = () => now + 5000; }")
    await forget_all(page)
    await page.get_by_role("progressbar", name="file-29").wait_for(state="detached")
    await page.locator(".name", has_text="file-0").wait_for()
    assert await page.locator(".name").count() == 1


async def test_of_an_upload_that_is_gone_the_list_says_what_is_known(page: Page) -> None:
    await tell(page, "film.mp4", bytesPerSecond=2_500_000)
    await page.get_by_role("progressbar", name="film.mp4").wait_for()
    await page.evaluate(
        """() => {
          const [previous] = source.uploads.splice(0);
          const detail = {upload: {...previous, gone: true}, previous};
          source.dispatchEvent(new CustomEvent("upload", {detail}));
          source.dispatchEvent(new CustomEvent("uploads"));
        }"""
    )
    await page.get_by_text("25 MB of 100 MB · no longer reported; its end is unknown", exact=True).wait_for()
    said = page.get_by_text("film.mp4: no longer reported; its end is unknown", exact=True)
    await said.wait_for(state="attached")
    await tell(page, "film.mp4", attempt=2)
    await page.get_by_text("25 MB of 100 MB", exact=True).wait_for()


async def test_a_second_attempt_that_ends_as_the_first_did_is_said(page: Page) -> None:
    await tell(page, "film.mp4", status="failed", error={"message": "First."})
    await page.get_by_text("film.mp4: First.", exact=True).wait_for(state="attached")
    await tell(page, "film.mp4", status="failed", attempt=2, error={"message": "Second."})
    await page.get_by_text("film.mp4: Second.", exact=True).wait_for(state="attached")


async def tell_aged(page: Page, name: str, seconds: float, **fields: Any) -> None:
    """An upload whose news is so old."""
    aged = "([upload, seconds]) => source.tell({...upload, newsAt: Date.now() - seconds * 1000})"
    await page.evaluate(aged, [upload(name, **fields), seconds])


async def look(page: Page, hidden: bool) -> None:
    await page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def forget_all(page: Page) -> None:
    """A snapshot without a row."""
    await page.evaluate("source.uploads = []; source.dispatchEvent(new CustomEvent('uploads'))")
