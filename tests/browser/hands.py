"""What people do with a page, in their words: fill in, press, read. Every page that is opened is read by axe."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page

from ifr.demo.stories import Story, synthetic_nhs_number

Look = Callable[[Page], None]


class Hands:
    """Somebody at a page."""

    def __init__(self, page: Page, look: Look) -> None:
        self.page, self._look = page, look

    def open(self, address: str) -> "Hands":
        response = self.page.goto(address)
        assert response is not None and response.ok, f"{address} answered {response and response.status}"
        self._look(self.page)
        return self

    def press(self, name: str | re.Pattern[str], *, at: Locator | None = None) -> "Hands":
        """Press a button of this name, the first where there are several alike."""
        button = (at or self.page).get_by_role("button", name=name, exact=isinstance(name, str))
        assert button.count(), f"{self.page.url} has no button {name!r}:\n{self._text[:4000]}"
        with self.page.expect_navigation(wait_until="load"):
            button.first.click()
        self._look(self.page)
        return self

    def follow(self, name: str) -> "Hands":
        with self.page.expect_navigation(wait_until="load"):
            self.page.get_by_role("link", name=name).first.click()
        self._look(self.page)
        return self

    def fill(self, values: Mapping[str, str]) -> "Hands":
        """Put answers into the fields of these names: typed, chosen, or three boxes for a day."""
        for name, value in values.items():
            self._fill_one(self._numbered(name), value)
        return self

    def _numbered(self, name: str) -> str:
        """`point_2_reasons` is the second point of the page, whatever number its row has."""
        found = re.fullmatch(r"(point|factor|direction|item)_(\d+)(_\w+)?", name)
        if found is None or self.page.locator(f'main [name="{name}"]').count():
            return name
        kind, number, rest = found.groups()
        names = self.page.locator("main [name]").evaluate_all("all => all.map(e => e.name)")
        ids = sorted({int(m.group(1)) for n in names if (m := re.match(rf"{kind}_(\d+)", n))})
        return f"{kind}_{ids[int(number) - 1]}{rest or ''}"

    def _fill_one(self, name: str, value: str) -> None:
        boxes = self.page.locator(f'main [name="{name}-day"]')
        if boxes.count():
            for part, typed in zip(("day", "month", "year"), value.split(), strict=True):
                self.page.locator(f'main [name="{name}-{part}"]').fill(typed)
            return
        field = self.page.locator(f'main [name="{name}"]:not([type=hidden])')
        kind = field.first.evaluate("e => e.tagName + ':' + e.type")
        if kind.endswith((":radio", ":checkbox")):
            self.page.locator(f'main [name="{name}"][value="{value}"]').check(force=True)
        elif kind.startswith("SELECT"):
            field.first.select_option(value)
        else:
            field.first.fill(value)

    def attach(self, name: str, file: str, content: bytes, folder: Path) -> "Hands":
        path = folder / file
        path.write_bytes(content)
        self.page.locator(f'main [name="{name}"]').set_input_files(path)
        return self

    def step(self, label: str, reason: str | None = None) -> "Hands":
        """Take a step that the page offers; where it asks a reason, give one first."""
        if reason is not None:
            summary = self.page.locator("summary", has_text=re.compile(f"^\\s*{re.escape(label)}\\s*$"))
            box = self.page.locator("details", has=summary)
            box.first.locator("summary").click()
            box.first.locator("textarea").fill(reason)
            return self.press(label, at=box.first)
        return self.press(label)

    def reads(self, *sentences: str) -> "Hands":
        """The page says each of these."""
        text = self._text
        for sentence in sentences:
            assert sentence in text, f"{self.page.url} does not say {sentence!r}:\n{text[:3000]}"
        return self

    @property
    def _text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def does_not_read(self, *sentences: str) -> "Hands":
        text = " ".join(self.page.locator("body").inner_text().split())
        for sentence in sentences:
            assert sentence not in text, f"{self.page.url} says {sentence!r}"
        return self

    @property
    def reference(self) -> str:
        found = re.search(r"IFR-\d{4}-\d{4,}", self.page.locator("body").inner_text())
        assert found, self.page.url
        return found.group()


def type_request(clinician: Hands, story: Story, *, commissioner: str, folder: Path) -> Hands:
    """Write a request from the first page to the last, section by section."""
    clinician.open("/requests/before-you-start")
    clinician.page.get_by_label(commissioner).check(force=True)
    clinician.press("Continue")
    draft = clinician.page.url.split("/requests/")[1].split("/")[0].split("#")[0]
    clinician.open(f"/requests/{draft}/sections/patient").fill({"nhs_number": synthetic_nhs_number(), **story.patient})
    clinician.press("Save and continue")
    for section in ("requester", "condition", "treatment", "policy", "difference", "result", "urgency", "basis"):
        clinician.open(f"/requests/{draft}/sections/{section}")
        here = [name for name in story.answers if _is_asked(clinician.page, name)]
        if here:
            clinician.fill({name: story.answers[name] for name in here}).press("Save and continue")
    for title, content in story.evidence:
        clinician.open(f"/requests/{draft}/evidence/new").fill({"title": title})
        clinician.attach("file", "scan.txt", content.encode(), folder).press("Add this file")
    for what, kind, common, why, _ in story.points:
        clinician.open(f"/requests/{draft}/points/new")
        clinician.fill({"what": what, "kind": kind, "how_common": common, "why_benefit": why}).press("Save this point")
    for what, dates, response, stopped in story.tried:
        clinician.open(f"/requests/{draft}/treatments/new")
        clinician.fill({"what": what, "dates": dates, "response": response, "stopped_because": stopped})
        clinician.press("Save this treatment")
    return clinician.open(f"/requests/{draft}/review")


def _is_asked(page: Page, name: str) -> bool:
    return page.locator(f'main [name="{name}"], main [name="{name}-day"]').count() > 0


def send_request(clinician: Hands) -> str:
    """Declare and send; the reference that the request gets."""
    clinician.page.locator('main [name="declaration"]').check(force=True)
    clinician.press("Send the request")
    return clinician.reference


def take_in(office: Hands, reference: str) -> Hands:
    """Allocate a request to oneself and begin its check."""
    office.open(f"/cases/{reference}").press("Allocate")
    return office.step("Begin the check")


COMMON_CHECK = {
    "responsible": "ours",
    "responsible_because": "Registered with a practice of this area.",
    "duplicates": "none",
    "duplicates_because": "No other request was found.",
}


def check(office: Hands, reference: str, **answers: str) -> Hands:
    office.open(f"/cases/{reference}/check").fill({**COMMON_CHECK, **answers}).press("Save the check")
    return office.open(f"/cases/{reference}")
