"""A planted set for the identity check: files in which invented patients are named in every way, among what only looks like it.

`python -m tests.identity_set` makes it by a fixed seed, looks for every patient and writes docs/identity-check.md. What the
service cannot find is planted as well, so that the misses are seen and not only said.
"""

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from random import Random

import docx
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText

from ifr import pdf
from ifr.config import HOUSE
from ifr.documents import WORD
from ifr.panels.checking import extraction, spelling
from ifr.panels.checking.finding import KINDS
from ifr.panels.checking.spelling import Person

SEED = 20261121
PAGE = HOUSE / "docs" / "identity-check.md"
_MONTHS = ("January February March April May June July August September October November December").split()
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


@dataclass(frozen=True)
class Someone:
    """An invented patient with a relative and a number of a hospital, which the service does not know."""

    person: Person
    relative: Person
    hospital: str

    @property
    def names(self) -> list[str]:
        return self.person.name.split()


def _someone(
    name: str, number: str, born: date, address: str, telephone: str, email: str, relative: str, hospital: str
) -> Someone:
    other = Person(name=relative, telephones=("01632 960777",))
    return Someone(Person(name, number, born, (address,), (telephone,), (email,)), other, hospital)


PEOPLE = (
    _someone("Janet Ashworth", "999 123 4560", date(1980, 5, 14), "4 Sample Row\nBirkenhead\nCH41 5AB", "07700 900123",
             "janet.ashworth@example.org", "Gerald Pemberton", "RX1234567"),
    _someone("Seán O’Brien-Smyth", "999 204 8871", date(1985, 3, 27), "Flat 2, 118 Quarry Lane\nChester\nCH1 2QQ",
             "0151 496 0456", "sean_ob@example.net", "Aoife Brennan", "C884512"),
    _someone("Rose May Young", "999 377 0124", date(1958, 9, 3), "12a Acacia Avenue\nEly\nCB7 4ZZ", "01632 960311",
             "rose.young@example.com", "Dorothy Winstanley", "K0099123"),
    _someone("Märta Ekström", "999 481 6609", date(2011, 11, 30), "The Old Forge, Mill Street\nStamford\nPE9 1XX",
             "+44 7700 900456", "ekstrom@example.org", "Lars Lindqvist", "77120945"),
    _someone("Iain MacDonald", "999 550 3312", date(1943, 1, 8), "77 Harbour Crescent\nGrimsby\nDN31 3ZZ", "01472 496 0789",
             "iain.macd@example.org", "Fiona Carruthers", "GY-445120"),
)  # fmt: skip

Writes = Callable[[Someone], str]


def _day(form: Callable[[date], str]) -> Writes:
    return lambda one: form(one.person.born or date(2000, 1, 1))


def _number(form: str) -> Writes:
    """The NHS number with each # of a form for one of its digits."""
    def write(one: Someone) -> str:
        digits = iter(re.sub(r"\D", "", one.person.nhs_number))
        return "".join(next(digits) if c == "#" else c for c in form)

    return write


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isdigit() else c for c in text)


def _arabic(text: str) -> str:
    return "".join(chr(0x660 + int(c)) if c.isascii() and c.isdigit() else c for c in text)


def _parted(word: str) -> str:
    return f"{word[:3]}-\n{word[3:]}"


def _long_name(one: Someone) -> str:
    return _plain(one.names[0]) if len(one.names[0]) > 4 else one.names[-1]


def _plain(word: str) -> str:
    return spelling.fold(word).text.title()


SPELLINGS: dict[str, tuple[tuple[str, Writes], ...]] = {
    "name": (
        ("first and last", lambda s: s.person.name),
        ("title and surname", lambda s: f"Mrs {s.names[-1]}"),
        ("initial and surname", lambda s: f"{s.names[0][0]}. {s.names[-1]}"),
        ("surname first", lambda s: f"{s.names[-1].upper()}, {s.names[0]}"),
        ("capitals", lambda s: s.person.name.upper()),
        ("non-breaking space", lambda s: s.person.name.replace(" ", "\u00a0")),
        ("thin spaces", lambda s: s.person.name.replace(" ", "\u2009")),
        ("zero-width space inside", lambda s: f"{s.names[0]} {s.names[-1][:2]}\u200b{s.names[-1][2:]}"),
        ("soft hyphen", lambda s: f"{s.names[0]} {s.names[-1][:3]}\u00ad{s.names[-1][3:]}"),
        ("parted at the end of a line", lambda s: f"{s.names[0]} {_parted(s.names[-1])}"),
        ("without accents", lambda s: f"{_plain(s.names[0])} {_plain(s.names[-1])}"),
        ("run together", lambda s: "".join(s.names)),
        ("possessive", lambda s: f"{s.person.name}’s"),
        ("spaced letters", lambda s: " ".join(re.sub(r"\W", "", _long_name(s)))),
    ),
    "nhs_number": (
        ("3-3-4", _number("### ### ####")), ("run together", _number("##########")), ("hyphens", _number("###-###-####")),
        ("en dashes", _number("###–###–####")), ("thin spaces", _number("###\u2009###\u2009####")),
        ("narrow no-break spaces", _number("###\u202f###\u202f####")), ("zero-width", _number("###\u200b###\u200b####")),
        ("across a line break", _number("### ###\n####")), ("dots", _number("###.###.####")),
        ("full-width digits", lambda s: _wide(_number("### ### ####")(s))),
        ("Arabic-Indic digits", lambda s: _arabic(_number("##########")(s))),
        ("boxes", _number("# # # # # # # # # #")),
    ),
    "born_on": (
        ("d/m/yy", _day(lambda d: f"{d.day}/{d.month}/{d:%y}")), ("dd/mm/yyyy", _day(lambda d: f"{d:%d/%m/%Y}")),
        ("dd-mm-yyyy", _day(lambda d: f"{d:%d-%m-%Y}")), ("dots", _day(lambda d: f"{d:%d.%m.%y}")),
        ("ISO", _day(lambda d: d.isoformat())), ("ISO with slashes", _day(lambda d: f"{d:%Y/%m/%d}")),
        ("long", _day(lambda d: f"{d.day} {_MONTHS[d.month - 1]} {d.year}")),
        ("ordinal", _day(lambda d: f"{d.day}{'th' if d.day != 3 else 'rd'} of {_MONTHS[d.month - 1]} {d.year}")),
        ("month first", _day(lambda d: f"{_MONTHS[d.month - 1]} {d.day}, {d.year}")),
        ("short month", _day(lambda d: f"{d.day} {_MONTHS[d.month - 1][:3]} {d:%y}")),
        ("run together", _day(lambda d: f"{d.day}{_MONTHS[d.month - 1][:3].upper()}{d:%y}")),
        ("Roman month", _day(lambda d: f"{d.day}.{_ROMAN[d.month - 1]}.{d.year}")),
        ("short month, hyphens", _day(lambda d: f"{d.day:02}-{_MONTHS[d.month - 1][:3]}-{d.year}")),
        ("eight digits", _day(lambda d: f"{d:%d%m%Y}")), ("year first, digits", _day(lambda d: f"{d:%Y%m%d}")),
        ("apostrophe", _day(lambda d: f"{d.day} {_MONTHS[d.month - 1]} ’{d:%y}")),
        ("across a line break", _day(lambda d: f"{d.day} {_MONTHS[d.month - 1]}\n{d.year}")),
        ("figure dashes", _day(lambda d: f"{d.day}‒{d.month}‒{d.year}")),
        ("full-width digits", lambda s: _wide(_day(lambda d: f"{d:%d/%m/%Y}")(s))),
    ),
    "address": (
        ("first line", lambda s: s.person.addresses[0].splitlines()[0]),
        ("in capitals", lambda s: s.person.addresses[0].splitlines()[0].upper()),
        ("across a line break", lambda s: " \n".join(s.person.addresses[0].splitlines()[0].rsplit(" ", 1))),
    ),
    "postcode": (
        ("with a space", lambda s: s.person.addresses[0].splitlines()[-1]),
        ("without a space", lambda s: s.person.addresses[0].splitlines()[-1].replace(" ", "")),
        ("small letters", lambda s: s.person.addresses[0].splitlines()[-1].lower()),
    ),
    "telephone": (
        ("as given", lambda s: s.person.telephones[0]),
        ("run together", lambda s: _national(s)),
        ("+44", lambda s: f"+44 {_national(s)[1:]}"),
        ("+44 (0)", lambda s: f"+44 (0){_national(s)[1:5]} {_national(s)[5:]}"),
        ("hyphens", lambda s: f"{_national(s)[:5]}-{_national(s)[5:8]}-{_national(s)[8:]}"),
    ),
    "email": (
        ("as given", lambda s: s.person.emails[0]), ("capitals", lambda s: s.person.emails[0].upper()),
        ("(at)", lambda s: s.person.emails[0].replace("@", " (at) ")),
    ),
    "hospital_number": (
        ("labelled", lambda s: f"Hospital number: {s.hospital}"), ("MRN", lambda s: f"MRN {s.hospital}"),
        ("unit no.", lambda s: f"Unit no. {s.hospital}"),
    ),
    "relatives": (
        ("a relative's name", lambda s: s.relative.name), ("surname and title", lambda s: f"Mr {s.relative.name.split()[-1]}"),
        ("a relative's telephone", lambda s: s.relative.telephones[0]),
    ),
}  # fmt: skip
# What a person would see and the service does not find; each is planted once for each patient.
HARD: tuple[tuple[str, str, Writes], ...] = (
    ("name", "misspelt", lambda s: f"Mrs {s.names[-1][:-3]}{s.names[-1][-2]}{s.names[-1][-3]}{s.names[-1][-1]}x"),
    ("name", "initials alone", lambda s: ".".join(n[0] for n in s.names) + "."),
    ("born_on", "without a year", _day(lambda d: f"{d.day} {_MONTHS[d.month - 1]}")),
    ("hospital_number", "without a label", lambda s: s.hospital),
)


def _national(one: Someone) -> str:
    digits = re.sub(r"\D", "", one.person.telephones[0])
    return f"0{digits[2:]}" if digits.startswith("44") else digits


DECOYS = (
    "the young rose early and may walk", "in May 2024", "Young adults", "seen on 15 May 1981", "27/4/1985 was a Saturday",
    "14/05/1990", "1985-03-28", "Ashby ward", "Jane Ashby", "Dr O’Connor", "Mr Smythson", "Ekblad and others", "MacLeod",
    "999 123 4561", "9992048870", "study NCT01234567", "CH41 5AC", "CB7 4ZY", "07700 900124", "0151 496 0457",
    "info@example.org", "clinic@example.net", "Sample size 4", "4 samples in a row", "Acacia gum", "a quarry worker",
    "HbA1c 48 mmol/mol", "dose 27.3 mg", "L4/5 and L5/S1", "ICD-10 M51.1", "OPCS V53.1", "page 3 of 85", "27 of 85 patients",
    "Janus kinase", "the rose bengal test", "Macular degeneration", "ratio 3/9/58 of three arms", "EQ-5D 0.58",
    "Mill Road clinic",
    "the hospital has 1200 beds",
    "at 14.5 months", "between 8 and 10 January 2020", "telephone clinic", "Oswestry score 58",
)  # fmt: skip


@dataclass
class PlantedFile:
    """One file of the set: what it is, whom it is about and what was planted in it."""

    name: str
    media_type: str
    content: bytes
    about: Someone
    planted: list[tuple[str, str, str]] = field(default_factory=list)
    decoys: list[str] = field(default_factory=list)
    is_scan: bool = False


@dataclass
class Measured:
    """What the search made of the set."""

    files: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    decoys: int = 0
    false_alarms: list[tuple[str, str]] = field(default_factory=list)
    in_scans: int = 0
    scans_said: int = 0
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        hard = Counter(how for _, how, _ in self.missed)
        beside = "; ".join(f"{count} {how}" for how, count in sorted(hard.items()))
        return (
            f"{sum(self.found.values())} of {sum(self.planted.values())} identifiers in {self.files} files found, "
            f"{len(self.missed)} missed ({beside}), false alarms: {len(self.false_alarms)} among {self.decoys} decoys; "
            f"{self.in_scans} in {self.scans_said} scans, which are said to be unreadable"
        )


# --- making the set -------------------------------------------------------------------------------------------------------


def make() -> list[PlantedFile]:
    """Forty files by a fixed seed, the same every time."""
    random = Random(SEED)
    files: list[PlantedFile] = []
    for one in PEOPLE:
        plants = [(kind, how, write(one)) for kind, ways in SPELLINGS.items() for how, write in ways]
        plants += [(kind, how, write(one)) for kind, how, write in HARD]
        random.shuffle(plants)
        makers = (_text, _pdf, _word, _text, _pdf, _word, _beside)
        for n, maker in enumerate(makers):
            decoys = random.sample(DECOYS, 10)
            files.append(maker(f"{len(files):02}", one, plants[n :: len(makers)], decoys, random))
    for one in PEOPLE:
        files.append(_scan(f"{len(files):02}", one, in_pdf=len(files) % 2 == 0))
    return files


def _lines(plants: Sequence[tuple[str, str, str]], decoys: Sequence[str], random: Random) -> list[str]:
    lines = [f"It was noted here: {words}; this was checked." for _, _, words in plants]
    lines += [f"It was also noted: {words}." for words in decoys]
    random.shuffle(lines)
    return lines


def _text(name: str, one: Someone, plants: list[tuple[str, str, str]], decoys: list[str], random: Random) -> PlantedFile:
    content = "\n".join(_lines(plants, decoys, random)).encode()
    named = f"{_plain(one.names[-1]).replace(' ', '')}_{_plain(one.names[0])}_{name}.txt"
    whole = [*plants, ("name", "in the file's name", named[: named.index(f"_{name}")])]
    return PlantedFile(named, "text/plain", content, one, whole, decoys)


def _pdf(name: str, one: Someone, plants: list[tuple[str, str, str]], decoys: list[str], random: Random) -> PlantedFile:
    shown = [f"<p>{escape(line).replace(chr(10), '<br>')}</p>" for line in _lines(plants, decoys, random)]
    html = f"<html lang='en'><body><h1>Letter {name}</h1>{''.join(shown)}</body></html>"
    content = pdf.render(html, title=f"Letter {name}", identifier=name)
    return PlantedFile(f"{name}.pdf", "application/pdf", content, one, plants, decoys)


def _beside(name: str, one: Someone, plants: list[tuple[str, str, str]], decoys: list[str], random: Random) -> PlantedFile:
    """A PDF in which the patient stands beside the pages: in properties, bookmarks, a note and a file inside it."""
    first, *rest = plants
    made = _pdf(name, one, rest[4:], decoys, random)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made.content)))
    writer.add_metadata({"/Title": f"Report {one.person.name}", "/Keywords": f"clinic; {first[2]}"})
    writer.add_outline_item(title=f"About {one.person.name.upper()}", page_number=0)
    for n, (_, _, words) in enumerate(rest[:3]):
        writer.add_annotation(0, FreeText(text=f"See {words}", rect=(60, 60 + 30 * n, 200, 85 + 30 * n)))
    writer.add_attachment("list.txt", f"Noted: {rest[3][2]}.".encode())
    written = io.BytesIO()
    writer.write(written)
    planted = [*plants, ("name", "in the title of a PDF", one.person.name), ("name", "in a bookmark", one.person.name)]
    return PlantedFile(f"{name}.pdf", "application/pdf", written.getvalue(), one, planted, decoys)


def _word(name: str, one: Someone, plants: list[tuple[str, str, str]], decoys: list[str], random: Random) -> PlantedFile:
    book = docx.Document()
    in_header, in_cell, *rest = plants
    book.sections[0].header.paragraphs[0].text = f"Copy: {in_header[2]}"
    book.add_table(1, 2).cell(0, 1).text = f"Noted: {in_cell[2]}"
    for line in _lines(rest, decoys, random):
        # As Word keeps a line that was typed in two goes, in two runs.
        paragraph = book.add_paragraph(line[: len(line) // 2])
        paragraph.add_run(line[len(line) // 2 :])
    book.core_properties.author = one.person.name
    written = io.BytesIO()
    book.save(written)
    planted = [*plants, ("name", "author of a Word file", one.person.name)]
    return PlantedFile(f"{name}.docx", WORD, written.getvalue(), one, planted, decoys)


def _scan(name: str, one: Someone, *, in_pdf: bool) -> PlantedFile:
    """A letter as a picture: four identifiers that nobody finds by a search."""
    person = one.person
    words = [("name", person.name), ("nhs_number", person.nhs_number), ("postcode", person.addresses[0].splitlines()[-1])]
    shown = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(shown).multiline_text((60, 60), "\n".join(text for _, text in words), fill="black", font_size=24)
    written = io.BytesIO()
    shown.save(written, "PDF" if in_pdf else "PNG")
    ending, media_type = ("pdf", "application/pdf") if in_pdf else ("png", "image/png")
    planted = [(kind, "in a scan", text) for kind, text in words]
    return PlantedFile(f"{name}.{ending}", media_type, written.getvalue(), one, planted, is_scan=True)


# --- measuring ------------------------------------------------------------------------------------------------------------


def measure(files: Sequence[PlantedFile]) -> Measured:
    """Look for each file's patient in it, and count what was found, missed and found for nothing."""
    began, result = time.perf_counter(), Measured(files=len(files))
    sought = {id(one): spelling.sought_of(one.person, KINDS) + spelling.sought_of(one.relative, KINDS, named="relatives")
              for one in PEOPLE}  # fmt: skip
    for file in files:
        reading = extraction.read(file.media_type, file.content, file.name)
        if file.is_scan:
            result.in_scans += len(file.planted)
            result.scans_said += bool(reading.unread)
            continue
        hits = [_letters(piece.text[hit.start : hit.end])
                for piece in reading.pieces for hit in spelling.find(sought[id(file.about)], piece.text)]  # fmt: skip
        result.decoys += len(file.decoys)
        _count(result, file, hits)
    result.seconds = time.perf_counter() - began
    return result


def _count(result: Measured, file: PlantedFile, hits: list[str]) -> None:
    """Each place that was found stands for one that was planted, and must hold most of it."""
    left = list(hits)
    for kind, how, words in sorted(file.planted, key=lambda one: -len(one[2])):
        result.planted[kind] += 1
        planted = _letters(words)
        hit = next((one for one in left if planted in one or one in planted and len(one) > 0.6 * len(planted)), None)
        if hit is None:
            result.missed.append((kind, how, file.name[-4:].strip(".")))
        else:
            result.found[kind] += 1
            left.remove(hit)
    wanted = {_letters(words) for _, _, words in file.planted}
    result.false_alarms += [(file.name, one) for one in left if not any(one in words or words in one for words in wanted)]


def _letters(text: str) -> str:
    return re.sub(r"\W", "", spelling.fold(text).text)


# --- the page -------------------------------------------------------------------------------------------------------------


def as_page(result: Measured, files: Sequence[PlantedFile]) -> str:
    rows = "".join(f"| {_kind(kind)} | {result.planted[kind]} | {result.found[kind]} |\n" for kind in SPELLINGS)
    missed = "".join(f"| {_kind(kind)} | {how} | {count} |\n"
                     for (kind, how), count in sorted(Counter((k, h) for k, h, _ in result.missed).items()))  # fmt: skip
    alarms = "".join(f"- `{words}` in file {name}\n" for name, words in result.false_alarms) or "None.\n"
    kinds = Counter(file.media_type.rpartition("/")[2].rpartition(".")[2] for file in files)
    made = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"""# The identity check, measured

Written by `python -m tests.identity_set`, which makes the set by a fixed seed ({SEED}), looks through it and writes this page.
`make test` does the same and prints the sentence below among its figures.

{result.sentence}.

The set: {result.files} files ({made}) about {len(PEOPLE)} invented patients. What was planted stands in sentences, table cells,
page headers, notes, bookmarks, properties, files inside files and names of files.

| What | Planted | Found |
|---|---|---|
{rows}
## Missed

These were planted to be missed: the service does not find them, and whoever reads the papers has to.

| What | How it was written | Times |
|---|---|---|
{missed}
## False alarms

{alarms}
## What no search finds

- Words in pictures: {result.in_scans} identifiers stand in {result.scans_said} scans. The service reads no pictures. It says
  of each such page that it cannot be read, and papers do not issue until somebody has looked at it.
- A name that is spelled wrongly, initials alone, a nickname that nobody entered, a day of birth without its year or in words, a
  hospital's number without a label, a local telephone number without its code. The service holds no hospital numbers: it
  looks for what stands behind such a label.
- Who somebody is by what is told of them: a rare condition, an office, an event in the newspapers. That is why a person reads
  the papers and says so.
"""


def _kind(kind: str) -> str:
    return KINDS[kind].partition(" (")[0]


def main() -> None:
    files = make()
    result = measure(files)
    PAGE.write_text(as_page(result, files), encoding="utf-8")
    print(f"{result.sentence}. {result.seconds:.1f} s.")


if __name__ == "__main__":
    main()
