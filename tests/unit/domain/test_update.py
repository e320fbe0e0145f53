"""What a pipeline may say, and how it learns what it said wrongly."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.timestamps import rfc3339
from domain.update import FIELDS, STATUSES, InvalidUpdateError, Update, parse_update
from domain.user_id import EXPECTED
from testing.updates import ANY_JSON, NOW, VALID, update
from testing.vectors import ids

WHOLE_NUMBERS = ["rev", "attempt", "bytesUploaded", "bytesTotal", "bytesPerSecond", "etaSeconds", "stalledAfterSeconds"]
TIMES = ["startedAt", "updatedAt"]
TEXTS = ["fileName", "phase", "message"]
NESTED: Any = []
for _ in range(100_000):
    NESTED = [NESTED]


def refusal(raw: object) -> InvalidUpdateError:
    with pytest.raises(InvalidUpdateError) as caught:
        parse_update(raw, received_at=NOW)
    return caught.value


@pytest.mark.parametrize("raw", [None, True, 7, 1.5, "text", [], [VALID]])
def test_an_update_that_is_no_object_is_refused_as_a_whole(raw: object) -> None:
    assert (refusal(raw).field, refusal(raw).reason) == ("update", "must be an object")


@pytest.mark.parametrize("field", ["userId", "uploadId", "status"])
def test_what_every_update_needs_is_missed_by_name(field: str) -> None:
    without = {name: value for name, value in VALID.items() if name != field}

    for raw in (without, without | {field: None}):
        assert (refusal(raw).field, refusal(raw).reason) == (field, "is missing")


@pytest.mark.parametrize(("value", "valid"), ids("uploadIds"))
def test_an_upload_id_is_what_the_vectors_say(value: str, valid: bool) -> None:
    if valid:
        assert update(uploadId=value).upload_id == value
    else:
        assert refusal({**VALID, "uploadId": value}).field == "uploadId"


@pytest.mark.parametrize("value", ["", "a\n", ".", "..", "x" * 256, "\ud800", 7, True, [], {}])
def test_a_user_id_is_a_short_string_without_surprises(value: object) -> None:
    refused = refusal({**VALID, "userId": value})

    assert refused.field == "userId"
    assert refused.reason == f"must be a string of {EXPECTED}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        *((value, "must be a string") for value in (7, True, [], {})),
        *((value, "must have 1 to 1024 bytes of UTF-8") for value in ("", "a" * 1025, "é" * 513, "\U0001f600" * 257)),
        *((value, "must not hold control characters") for value in ("a\n", "a\0", "\x1f", "\x7f", "\x80", "\x9f")),
        *((value, "must be valid Unicode, without lone surrogates") for value in ("\ud800", "a\udfff")),
    ],
)
def test_an_upload_id_that_no_object_of_s3_has_is_refused_with_the_reason(value: object, reason: str) -> None:
    refused = refusal({**VALID, "uploadId": value})

    assert (refused.field, refused.reason) == ("uploadId", reason)


@pytest.mark.parametrize(
    "key",
    [
        *("uploads/alice/mein Urlaub - 1.mp4", "Screenshot at 3.04.05\u202fPM.png", "Facture n°\xa012.pdf", " "),
        *("\u3000", "\u200c\u200d\xad\u200e", "\U0001fae9", "\ue000", "\u2028", "\ufffe", "a" * 1024, "é" * 512),
    ],
    ids=ascii,
)
def test_a_buckets_key_can_name_an_upload(key: str) -> None:
    assert update(uploadId=key).upload_id == key


@given(st.text(min_size=1, max_size=300))
def test_an_upload_id_is_taken_unless_it_is_too_long_or_holds_control_characters(key: str) -> None:
    allowed = len(key.encode()) <= 1024 and not any(category(one) == "Cc" for one in key)
    try:
        assert update(uploadId=key).upload_id == key and allowed
    except InvalidUpdateError:
        assert not allowed


@pytest.mark.parametrize("user_id", ["auth0|5f7c", "a@b.example", "urn:x:1", "A-b_c", "a" * 128])
def test_the_subjects_that_identity_providers_issue_are_user_ids(user_id: str) -> None:
    assert update(userId=user_id).user_id == user_id


def test_a_user_id_may_be_what_identity_providers_issue() -> None:
    for user_id in ("alice+news@example.com", "o'brien@example.com", "Qm9i+/x=", "DOMAIN\\user", "é", "x" * 255):
        assert update(userId=user_id).user_id == user_id


@given(st.sampled_from([*STATUSES, "cancelled"]), st.data())
def test_a_status_may_be_in_upper_case(status: str, data: st.DataObject) -> None:
    written = "".join(data.draw(st.sampled_from([letter, letter.upper()])) for letter in status)

    assert update(status=written).status == status.replace("cancelled", "canceled")


@pytest.mark.parametrize(
    "value", ["done", "", "upl0ading", "uploading ", "pau\u017fed", 7, True, [], {}, ["uploading"], 0]
)
def test_an_unknown_status_is_told_the_known_ones(value: object) -> None:
    refused = refusal({**VALID, "status": value})

    assert refused.field == "status"
    assert all(status in refused.reason for status in STATUSES)


@pytest.mark.parametrize("field", WHOLE_NUMBERS)
@pytest.mark.parametrize(
    "value",
    [
        -1,
        -0.5,
        1.5,
        float("nan"),
        float("inf"),
        float("-inf"),
        True,
        False,
        "7.5",
        "",
        " 7",
        "-7",
        "07",
        "7e3",
        "\u0667",
        "9" * 16,
        [],
        {},
        2**53,
        1e300,
        10**400,
        -(10**400),
    ],
    ids=lambda value: f"{value!r:.12}",
)
def test_a_number_is_whole_finite_and_not_negative(field: str, value: object) -> None:
    refused = refusal({**VALID, field: value})

    assert refused.field == field
    assert refused.reason.startswith("must be a whole number")


@pytest.mark.parametrize("field", WHOLE_NUMBERS)
@pytest.mark.parametrize(("text", "number"), [("7", 7), ("7.0", 7), ("1" + "0" * 14, 10**14)])
def test_a_number_may_be_a_text(field: str, text: str, number: int) -> None:
    assert update(**{field: text}) == update(**{field: number})


@pytest.mark.parametrize("field", ["percent", "phasePercent"])
@pytest.mark.parametrize("text", ["0", "7", "42.5", "100", "100.0"])
def test_a_percent_may_be_a_text(field: str, text: str) -> None:
    assert update(**{field: text}).facts == {field: float(text)}


@pytest.mark.parametrize("field", ["percent", "phasePercent"])
@pytest.mark.parametrize("value", [-0.1, 100.1, "100.1", "50 %", "50%", "", float("nan"), True, [], {}])
def test_a_percent_is_a_number_from_0_to_100(field: str, value: object) -> None:
    assert (refusal({**VALID, field: value}).field, refusal({**VALID, field: value}).reason) == (
        field,
        "must be a number from 0 to 100",
    )


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00.000+01:00", "20260301T120000Z"])
def test_a_rev_may_be_a_time(text: str) -> None:
    assert update(rev=text).rev == NOW


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30T12:00:00Z", "2026-03-01T12:00:00"])
def test_a_rev_that_is_no_time_is_refused_by_name(text: str) -> None:
    assert refusal({**VALID, "rev": text}).field == "rev"


@pytest.mark.parametrize(
    ("bytes", "status", "facts"),
    [
        ({}, "uploading", {"percent": 40.0}),
        ({}, "failed", {"percent": 40.0}),
        ({}, "processing", {"phasePercent": 40.0}),
        ({"phasePercent": 7}, "processing", {"phasePercent": 7.0}),
        ({"bytesUploaded": 1}, "uploading", {"bytesUploaded": 1}),
        ({"bytesUploaded": 1, "bytesTotal": 10}, "uploading", {"bytesUploaded": 1, "bytesTotal": 10}),
        ({"bytesTotal": 10}, "processing", {"bytesTotal": 10}),
        ({"bytesTotal": None}, "uploading", {"bytesTotal": None, "percent": 40.0}),
        ({"bytesUploaded": 0}, "uploading", {"bytesUploaded": 0, "percent": 40.0}),
        ({"bytesUploaded": 1, "bytesTotal": None}, "uploading", {"bytesUploaded": 1, "bytesTotal": None}),
    ],
)
def test_a_percent_counts_where_it_is_all_that_the_sender_knows(
    bytes: dict[str, Any], status: str, facts: dict[str, Any]
) -> None:
    assert update(status=status, percent=40, **bytes).facts == facts


@pytest.mark.parametrize(
    ("times", "rev", "whole_second"),
    [
        ({"updatedAt": "2026-03-01T11:59:58.123Z"}, NOW - 1877, False),
        ({"updatedAt": "2026-03-01T11:59:58Z"}, NOW - 2000, True),
        ({"updatedAt": "2026-03-01T11:59:58Z", "rev": 7}, 7, False),
        ({"updatedAt": "2026-03-01T11:59:58Z", "rev": "7"}, 7, False),
        ({}, NOW, False),
    ],
)
def test_updated_at_orders_updates_without_a_rev(times: dict[str, Any], rev: int, whole_second: bool) -> None:
    said = update(**times)

    assert (said.rev, said.whole_second) == (rev, whole_second)


def test_a_rev_is_the_time_of_a_state_without_one_unless_it_is_in_the_future() -> None:
    assert update(rev=NOW - 7_200_000).updated_at == NOW - 7_200_000
    assert update(rev=0).updated_at == 0
    assert update(rev=NOW + 300_000).updated_at == NOW
    assert update(rev=NOW - 7_200_000, updatedAt=rfc3339(NOW - 5)).updated_at == NOW - 5


def test_the_first_attempt_is_1() -> None:
    assert refusal({**VALID, "attempt": 0}).field == "attempt"


@pytest.mark.parametrize("field", WHOLE_NUMBERS)
@pytest.mark.parametrize("value", [1, 1.0, 2**53 - 1])
def test_a_whole_number_may_be_written_with_a_point(field: str, value: float) -> None:
    update(**{field: value})


def test_bytes_above_the_total_are_refused() -> None:
    assert refusal({**VALID, "bytesUploaded": 11, "bytesTotal": 10}).field == "bytesUploaded"
    assert refusal({**VALID, "bytesUploaded": 1, "bytesTotal": 0}).field == "bytesUploaded"
    assert update(bytesUploaded=10, bytesTotal=10).facts["bytesUploaded"] == 10


def test_an_unknown_total_is_null() -> None:
    assert update(bytesUploaded=10, bytesTotal=None).facts == {"bytesUploaded": 10, "bytesTotal": None}


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize(
    "value", ["\ud800", "a\udfff", "a" * 1025, 7, True, [], {}], ids=lambda value: f"{value!a:.12}"
)
def test_a_text_is_valid_unicode_of_bounded_length(field: str, value: object) -> None:
    assert refusal({**VALID, field: value}).field == field


@pytest.mark.parametrize("field", ["error", "result"])
@pytest.mark.parametrize(
    "value",
    ["text", 7, True, [], {"code": float("nan")}, {"code": "\ud800"}, {"\ud800": 1}, {"code": "x" * 5000}, NESTED],
    ids=lambda value: f"{type(value).__name__}",
)
def test_an_object_is_strict_json_of_bounded_size(field: str, value: object) -> None:
    assert refusal({**VALID, field: value}).field == field


def test_the_size_of_an_object_is_that_of_its_compact_json() -> None:
    value = {f"{number:03}": 0 for number in range(510)}  # 8 bytes each
    assert update(result=value).facts["result"] == value


@pytest.mark.parametrize(
    ("error", "field"),
    [({}, "error.code"), ({"code": "E"}, "error.message"), ({"code": 7, "message": "m"}, "error.code")],
)
def test_an_error_has_a_code_for_programs_and_a_message_for_people(error: object, field: str) -> None:
    assert refusal({**VALID, "error": error}).field == field


@pytest.mark.parametrize("field", TIMES)
@pytest.mark.parametrize(
    "value",
    [
        *(
            "yesterday",
            "",
            "2026-03-01",
            "12:00:00Z",
            "2026-03-01T12:00:00",
            "2026-13-01T12:00:00Z",
            1_772_366_400,
            True,
        ),
        *("2026-0301T12:00:00Z", "2026-W09-7T12:00:00Z", "2026-03-01x12:00:00Z", "20260301T12:00:00Z", [], {}),
        *("1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2026-03-01T12:00:00+01:00:30", "2026-03-01T25:00:00Z"),
        *("2026-03-01T24:00:00Z", "2026-03-01T24:00:00.000+00:00", "2026-03-01T12:60:00Z", "2026-03-01T12:00:60Z"),
        *("2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00+01:60", "2026-03-01T12:00:00-01:99"),
        *("2026-03-01T12:00:00.0000000000000000000000000000Z", "٢٠٢٦-03-01T12:00:00Z", "1970-01-01T00:00:00+14:00"),
    ],
)
def test_a_time_is_rfc_3339_with_an_offset(field: str, value: object) -> None:
    assert refusal({**VALID, field: value}).field == field


@pytest.mark.parametrize("field", ["updated_at", "started_at"])
@pytest.mark.parametrize(
    ("text", "late_ms"),
    [
        *(("20260301T120000Z", 0), ("20260301T120000.5Z", 500), ("20260301T1200+0000", 0), ("2026-03-01T12:00Z", 0)),
        *(("2026-03-01T12:00:00,25Z", 250), ("2026-03-01 13:00:00+01", 0), ("2026-03-01T06:30:00-0530", 0)),
        *(("2026-03-01T12:00:00.123456789z", 123), ("2026-03-01t12:00:00-00:00", 0)),
    ],
)
def test_a_time_may_have_another_form_of_iso_8601(field: str, text: str, late_ms: int) -> None:
    name = "updatedAt" if field == "updated_at" else "startedAt"

    assert getattr(update(**{name: text}), field) == NOW + late_ms


@given(st.integers(0, 4 * 10**12), st.integers(-14 * 60, 14 * 60))
@example(1, 0)
@example(1_001, 0)
@example(1_772_366_400_001, 0)
def test_a_time_is_read_to_the_millisecond_whatever_its_offset(epoch_ms: int, minutes: int) -> None:
    shifted = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms, minutes=minutes)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    written = f"{shifted:%H:%M:%S}.{epoch_ms % 1000:03d}{sign}{hours:02d}:{rest:02d}"
    if shifted.year < 1970:
        return

    assert update(startedAt=f"{shifted.year:04d}-{shifted:%m-%d}T{written}").started_at == epoch_ms
    assert update(updatedAt=rfc3339(epoch_ms)).updated_at == epoch_ms


def test_what_is_left_out_takes_the_sources_time() -> None:
    said = update()

    assert (said.rev, said.updated_at, said.attempt, said.started_at) == (NOW, NOW, None, None)
    assert said.facts == {}


def test_null_stands_for_left_out_or_clears() -> None:
    said = update(rev=None, attempt=None, startedAt=None, updatedAt=None, message=None, fileName=None)

    assert (said.rev, said.updated_at, said.attempt, said.started_at) == (NOW, NOW, None, None)
    assert said.facts == {"message": None, "fileName": None}


@given(st.dictionaries(st.text(), ANY_JSON))
@example({"statusRev": -1, "channel": "/user/bob/upload-progress", "__proto__": {}})
def test_unknown_fields_are_ignored(more: dict[str, Any]) -> None:
    unknown = {name: value for name, value in more.items() if name not in FIELDS}

    assert parse_update(unknown | VALID, received_at=NOW) == update()


@given(ANY_JSON)
def test_any_json_is_an_update_or_a_refusal_that_names_a_field(raw: object) -> None:
    _parse_or_refuse(raw)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), ANY_JSON | st.sampled_from([*VALID.values(), 1, 10**6])))
def test_any_values_of_the_known_fields_are_an_update_or_a_refusal(fields: dict[str, Any]) -> None:
    _parse_or_refuse(VALID | fields)


def _parse_or_refuse(raw: object) -> None:
    try:
        assert isinstance(parse_update(raw, received_at=NOW), Update)
    except InvalidUpdateError as refused:
        assert refused.field.split(".")[0] in ("update", *FIELDS)
        assert refused.reason
        assert len(refused.reason) < 300


@pytest.mark.parametrize("value", [0, 1, "true", [], {}])
def test_whether_progress_is_unpredictable_is_true_or_false(value: object) -> None:
    refused = refusal({**VALID, "unpredictable": value})
    assert (refused.field, refused.reason) == ("unpredictable", "must be true or false")
    assert update(unpredictable=True).facts["unpredictable"] is True
