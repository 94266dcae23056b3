"""Charts are SVG without anything from elsewhere: lines with gaps, round ticks, and names that readers of screens get."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tools.load.charts import HEIGHT, WIDTH, Line, line_chart

XS = [1.0, 2.0, 3.0, 4.0, 5.0]


def paths_of(svg: str) -> list[str]:
    return re.findall(r'class="line \w+" d="([^"]*)"', svg)


def test_a_line_has_a_gap_where_there_is_no_value() -> None:
    [path] = paths_of(line_chart("Times", "ms", XS, [Line("p99", [1.0, 2.0, None, 3.0, 1.0])]))

    assert path.count("M") == 2
    assert path.count("L") == 2


def test_all_points_are_inside_the_picture() -> None:
    svg = line_chart("Times", "ms", XS, [Line("p99", [0.0, 977.0, 3.0, 0.5, 977.0])])
    numbers = [float(number) for number in re.findall(r"[\d.]+", paths_of(svg)[0])]

    assert all(0 <= x <= WIDTH for x in numbers[::2])
    assert all(0 <= y <= HEIGHT for y in numbers[1::2])


@pytest.mark.parametrize(("highest", "top"), [(0.0, 1), (0.03, 0.04), (7.0, 8), (977.0, 1000), (1001.0, 2000)])
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    svg = ElementTree.fromstring(line_chart("Times", "ms", XS, [Line("p99", [highest] * 5)]))
    ticks = [float(text.text or "") for text in svg.iter("text") if ":" not in (text.text or "")]

    assert max(ticks) == pytest.approx(top)


@pytest.mark.parametrize(
    ("seconds", "times"),
    [(7, ["0:00", "0:02", "0:04", "0:06"]), (60, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"])],
)
def test_times_are_round(seconds: int, times: list[str]) -> None:
    xs = [float(x) for x in range(1, seconds + 1)]
    svg = ElementTree.fromstring(line_chart("Times", "ms", xs, [Line("p99", xs)]))

    assert [text.text for text in svg.iter("text") if ":" in (text.text or "")] == times


def test_the_picture_has_a_name_and_markup_in_it_is_escaped() -> None:
    svg = ElementTree.fromstring(line_chart('<Times> & "more"', "ms", [], []))

    assert svg.attrib["aria-label"] == '<Times> & "more", ms, by time'
