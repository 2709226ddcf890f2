"""Forms with the keyboard alone and by the names that a screen reader says: every kind of field, nested three deep."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Locator, expect

from tests.browser.books import Run, everything, faint, overflowing
from tests.browser.conftest import Open

NAMED = """
- form "What would you like?":
  - checkbox "Gift" [checked]
  - combobox "Size":
    - option "large" [selected]
  - spinbutton "Cups"
  - slider "Cups, slider"
  - textbox "Note"
  - group "Extras":
    - checkbox "milk" [checked]
    - checkbox "sugar"
  - group "Limits":
    - textbox "Key in Limits"
    - spinbutton "Value in Limits"
    - button "Remove this key"
    - button "Add to Limits"
  - group "Pay":
    - radiogroup "Pay":
      - radio "Card"
      - radio "Cash" [checked]
  - group "Person":
    - textbox "Name"
    - group "Address":
      - textbox "Street"
  - group "Boxes":
    - group "Box 1":
      - textbox "Label"
      - group "Items":
        - table:
          - rowgroup
          - rowgroup:
            - row:
              - cell:
                - textbox "What 1"
              - cell:
                - spinbutton "Count 1"
              - cell:
                - button "Remove Item 1"
    - button "Remove Box 1"
  - button "Submit"
"""
GIVEN = {
    "gift": True, "size": "large", "colour": "blue", "cups": 3, "heat": 0.51, "price": "12.50", "day": "2026-12-31",
    "when": "2026-12-31T09:30:00", "at": "21:15:00", "code": "**********", "note": "two\nlines", "tags": ["a"],
    "limits": {"k": 7}, "point": [4, "four"], "pay": {"amount": "0.10"}, "back": None, "maybe": None, "other": {"a": 1},
    "person": {"name": "Ada", "address": {"street": "High St", "zip": "12345"}},
    "boxes": [{"label": "B1", "items": [{"what": "cake", "count": 2}]}],
}  # fmt: skip


class Keys:
    """Fills in a form without a mouse."""

    def __init__(self, run: Run) -> None:
        self.run, self.keys = run, run.lab.page.keyboard

    def press(self, *names: str) -> None:
        for name in names:
            self.keys.press(name)

    def go_to(self, field: Locator, way: str = "Tab") -> None:
        """Press Tab until it has the focus."""
        for _ in range(40):
            self.press(way)
            if field.evaluate("(one) => one === document.activeElement"):
                return
        expect(field).to_be_focused()

    def type(self, label: str, *texts: str) -> None:
        """Type into the next field of that name; parts of a moment are left with the arrow."""
        self.go_to(self.run.field(label).locator("visible=true").first)
        for n, text in enumerate(texts):
            if n:
                self.press("ArrowRight")
            self.keys.type(text)


def test_every_kind_of_field_is_filled_in_with_the_keyboard(open_lab: Open) -> None:
    lab = open_lab(everything(), theme="dark", width=400)
    lab.run("build", "graph", "go")
    run = Run(lab, "go")
    run.wait("paused")
    form, on = run.view.get_by_role("form", name="What would you like?"), Keys(run)
    form.focus()
    on.go_to(run.field("Gift"))
    on.press("Space")
    on.type("Size", "l")
    on.type("Colour", "b")
    on.type("Cups", "9")
    on.go_to(run.field("Heat, slider"))
    on.press("ArrowRight")
    on.type("Price", "12.50")
    on.type("Day", "12312026")
    on.type("When", "12312026", "093000AM")
    on.type("At", "091500PM")
    on.type("Code", "s3cret")
    on.type("Note", "two")
    on.press("Enter")
    on.keys.type("lines")
    for name in ("milk", "lemon"):
        on.go_to(run.field(name))
        on.press("Space")
    for add, added, text in (("Tags", "Tags 1", "a"), ("Limits", "Key in Limits", "k")):
        on.go_to(run.field(f"Add to {add}"))
        on.press("Enter")
        expect(run.field(added)).to_be_focused()
        on.keys.type(text)
    on.type("Value in Limits", "7")
    on.type("1", "4")
    on.type("2", "four")
    on.go_to(run.field("Card"))
    on.press("ArrowRight")
    on.type("Amount", "0.10")
    on.type("Name", "Ada")
    on.type("Street", "High St")
    on.type("Zip", "1")
    on.go_to(run.field("Add to Boxes"))
    on.press("Enter")
    expect(run.field("Label")).to_be_focused()
    on.keys.type("B1")
    on.go_to(run.field("Add to Items"))
    on.press("Enter")
    expect(run.field("What 1")).to_be_focused()
    on.keys.type("cake")
    on.type("Count 1", "2")
    on.go_to(run.field("Other"))
    on.press("Control+a")
    on.keys.type('{"a": 1}')
    assert nameless(form) == []
    expect(form).to_match_aria_snapshot(NAMED, timeout=5000)
    assert not overflowing(run.view) and not faint(run.view)
    on.go_to(run.view.get_by_role("button", name="Submit", exact=True))
    on.press("Enter")
    for label, problem in (("Cups", "greater than the maximum of 5"), ("Zip", "too short")):
        field = run.field(label).locator("visible=true")
        expect(field).to_have_attribute("aria-invalid", "true")
        about = (field.get_attribute("aria-describedby") or "").split()[-1]
        expect(run.view.locator(f"#{about}")).to_contain_text(problem)
    expect(run.field("Cups")).to_be_focused()
    assert not overflowing(run.view) and not faint(run.view)
    on.press("Control+a")
    on.keys.type("3")
    on.type("Zip", "12345")
    on.press("Control+Enter")
    run.wait("done")
    kind, secret, given = run.view.locator(".is-print").inner_text().split(" ", 2)
    assert (kind, secret) == ("Order", "s3cret")
    got = json.loads(given)
    assert sorted(got.pop("extras")) == ["lemon", "milk"]
    assert got == GIVEN


def test_of_two_questions_one_is_answered_and_then_the_action_of_an_agent_is_edited(open_lab: Open) -> None:
    lab = open_lab(everything(), width=700)
    lab.run("build", "mail", "both")
    run = Run(lab, "both")
    expect(run.view).to_contain_text("Question 1 of 2")
    pay, send = (run.view.get_by_role("form", name=name) for name in ("Pay the bill?", "Send this?"))
    expect(send).to_contain_text("It is **urgent**.")
    pay.get_by_label("Yes").press("Space")
    pay.get_by_role("button", name="Submit").press("Enter")
    expect(pay).to_have_count(0)
    expect(run.node("pay", "done")).to_be_visible()
    ways = send.get_by_role("radio")
    assert [way.get_attribute("type") for way in ways.all()] == ["radio"] * 4
    ways.first.press("ArrowRight")
    expect(send.get_by_label("To")).to_have_value("ada@example.org")
    send.get_by_label("Body").fill("Dear Bob,")
    send.get_by_role("button", name="Edit").press("Enter")
    run.wait("done")
    said = run.view.locator(".is-print").last
    expect(said).to_contain_text("{'type': 'edit', 'args': {'action': 'send_email', 'args': {'to': 'ada@example.org'")
    expect(said).to_contain_text("Dear Bob,")
    expect(said).to_contain_text("True")


def nameless(form: Locator) -> list[str]:
    """The controls of a form that have no name for a screen reader."""
    found: list[str] = form.evaluate("""(form) =>
    [...form.querySelectorAll("input, select, textarea, button, fieldset")]
      .filter((one) => one.checkVisibility())
      .filter((one) => !(one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent).trim())
      .map((one) => one.outerHTML)""")
    return found
