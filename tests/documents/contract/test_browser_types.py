"""The browser client's types name what the contract says that an upload has."""

from __future__ import annotations

import re

from testing.contract import DOCS, SCHEMAS

CLIENT = DOCS.parent / "clients" / "browser"
ADDED_BY_THE_CLIENT = {"newsAt", "gone"}
SHOWN_WHEN_SENT = {"phasePercent"}  # the list shows it, whatever the server's release


def test_the_types_and_their_document_name_every_field_of_an_upload() -> None:
    fields = set(SCHEMAS["server-message.json"]["definitions"]["upload"]["properties"])
    source = (CLIENT / "src" / "types.d.ts").read_text(encoding="utf-8")
    interface = source[source.index("export interface Upload {\n") :]
    named = re.findall(r"^  (\w+)\??: ", interface[: interface.index("\n}")], re.MULTILINE)

    assert set(named) == fields | ADDED_BY_THE_CLIENT | SHOWN_WHEN_SENT
    document = (CLIENT / "README.md").read_text(encoding="utf-8")
    sentence = document[document.index("An `upload` has") :].partition("\n\n")[0]
    assert fields <= set(re.findall(r"`(\w+)`", sentence))
