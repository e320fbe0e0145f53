"""The charts that benchmarks draw."""

from xml.etree import ElementTree

from benchmarks.harness.plot import Line, chart, per_second, ticks


def test_a_chart_is_well_formed_and_names_its_axes_and_lines() -> None:
    svg = chart("A < B", "seconds", "per second", [Line("one", [(0, 0), (10, 5)]), Line("two", [(0, 3)], dashed=True)])
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.text and element.text.strip()]
    assert {"A < B", "seconds", "per second", "one", "two"} <= set(texts)


def test_larger_values_stand_higher_and_further_right() -> None:
    svg = chart("t", "x", "y", [Line("one", [(0, 0), (10, 5)])])
    [path] = [e.get("d", "") for e in ElementTree.fromstring(svg).iter() if e.get("stroke-width") == "1.5"]
    (x0, y0), (x1, y1) = (map(float, point.split()) for point in path.removeprefix("M").split("L"))
    assert x0 < x1 and y0 > y1


def test_moments_are_counted_per_second() -> None:
    assert per_second([0, 10, 999, 1000, 5000], until_ms=1500) == [(0, 3), (1, 3), (1, 1), (2, 1)]
    assert per_second([0, 400], until_ms=400, bin_ms=500) == [(0, 4), (0.5, 4)]


def test_ticks_are_round_and_stay_within() -> None:
    assert ticks(500) == [0, 100, 200, 300, 400, 500]
    assert ticks(42) == [0, 10, 20, 30, 40]
