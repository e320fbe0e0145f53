"""The main component of a bill of materials."""

from __future__ import annotations

from testing.release.bill import named


def test_a_bill_has_name_version_and_package_url_of_its_package() -> None:
    bill = {"metadata": {"tools": [], "component": {"bom-ref": "root", "name": "folder"}}, "components": []}

    component = {
        "bom-ref": "root",
        "type": "library",
        "name": "upload-progress",
        "version": "0.2.0",
        "purl": "pkg:npm/upload-progress@0.2.0",
    }
    expected = {"metadata": {"tools": [], "component": component}, "components": []}
    assert named(bill, "pkg:npm/upload-progress", "0.2.0") == expected


def test_a_bill_without_a_main_component_gets_one() -> None:
    bill = named({"metadata": {}}, "pkg:generic/upload-progress-functions", "0.2.0")

    assert bill["metadata"]["component"]["purl"] == "pkg:generic/upload-progress-functions@0.2.0"
