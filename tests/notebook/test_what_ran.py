"""The course's picture of what ran again: in words, and as a picture in which all names are text."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from notebooks.course.what_ran import NARROW, what_ran


def words(table: str) -> list[list[str]]:
    return [line.replace("ran again", "again").replace("cut off", "cut").split() for line in table.splitlines()]


def test_it_tells_what_ran_what_was_kept_and_what_ran_again() -> None:
    shown = what_ran({"night": ["load", "pay ✗"], "morning": ["pay", "report"], "noon": ["report"]})
    assert words(str(shown)) == [
        ["load", "pay", "report"],
        ["night", "ran", "cut"],
        ["morning", "kept", "again", "ran"],
        ["noon", "kept", "kept", "again"],
    ]


def test_what_was_cut_off_is_not_called_kept() -> None:
    assert words(str(what_ran({"a": ["x ✗"], "b": ["y"]})))[2] == ["b", "ran"]


def test_it_reads_a_log(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("# one\nload\n\n# two\nload\n", "utf-8")
    assert words(str(what_ran(tmp_path / "log.txt"))) == [["load"], ["one", "ran"], ["two", "again"]]


def test_columns_have_the_order_that_was_asked_for_and_kept_may_be_left_out() -> None:
    shown = what_ran({"1": ["b", "a"], "2": ["a"]}, ["a", "b"], kept="")
    assert words(str(shown)) == [["a", "b"], ["1", "ran", "ran"], ["2", "again"]]


def test_names_are_text_in_the_picture() -> None:
    hostile = "<script>&\"'"
    picture = ElementTree.fromstring(what_ran({hostile: [hostile]})._repr_mimebundle_()["image/svg+xml"])
    assert [one.text for one in picture.iter() if one.tag.endswith("text")] == [hostile, hostile, "ran"]


def test_a_picture_that_is_too_wide_for_a_narrow_page_is_turned_if_it_then_fits() -> None:
    def shape(runs: dict[str, list[str]]) -> tuple[float, list[str]]:
        picture = ElementTree.fromstring(what_ran(runs)._repr_mimebundle_()["image/svg+xml"])
        return float(picture.attrib["width"]), [str(text.text) for text in picture.iter() if text.tag.endswith("text")]

    steps = ["calculate", "pay Ada", "to Ada", "pay Grace", "to Grace"]
    width, said = shape({"the night": steps[:4], "the morning": steps})
    assert width <= NARROW
    assert said[:5] == ["the night", "the morning", "calculate", "ran", "ran again"]
    assert shape({"night": ["load"], "morning": ["load"]})[1][:2] == ["load", "night"]
    assert shape({f"run {i}": steps for i in range(9)})[1][:5] == steps, "turned, it would not fit either"
