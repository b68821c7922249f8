"""Documents in the shapes in which commissioners write them, all invented: what each states is read, and nothing else."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest

from ifr.policies.reading import Reading, UnreadableDocument, read_document

DOCUMENTS = Path(__file__).parent / "documents"
SEEDS = os.environ.get("IFR_SEEDS")
OUT, IN_PART, ALL = "not_routinely_commissioned", "criteria_based", "routinely_commissioned"

STATED: dict[str, dict[str, Any]] = {
    "control_table_flat.txt": {
        "kind": "clinical_policy", "title": "Policy for the use of Copper Bracelets", "reference": "CB 7", "version": "1.3",
        "position": OUT, "ratified_on": "2022-11-22", "effective_from": None, "published_on": "2022-12-01", "review_due": "TBC",
        "opcs": None, "icd10": None,
    },
    "heading_inside.txt": {
        "kind": "clinical_policy", "title": "Ear Candle Removal of Wax", "reference": "27", "version": "v3.2", "position": OUT,
        "ratified_on": "2024-05-01", "review_due": "earliest of NICE publication or 3 years", "opcs": ["D07.1", "D07.8"],
        "icd10": ["H61.2"],
    },
    "labels_above.txt": {
        "kind": "clinical_policy", "title": "Hydraulic Sinus Rinsing for Chronic Catarrh", "reference": "VT/ENT/014",
        "version": "4b", "position": IN_PART, "ratified_on": "2021-03-03", "effective_from": "2021-04-01",
        "review_due": "2024-03", "opcs": ["E25.1", "E25.8"], "icd10": ["J31.0", "J32.0-J32.9"],
    },
    "prose_only.txt": {
        "kind": "clinical_policy", "title": "Magnetic insoles for plantar heel pain", "reference": None, "version": None,
        "position": OUT, "ratified_on": "2019-06-14", "effective_from": "2019-07-01", "review_due": "2022-06", "opcs": None,
    },
    "several_statements.txt": {
        "kind": "clinical_policy", "reference": "MC-PLA-03", "version": "2.0", "position": None, "ratified_on": "2023-09-12",
        "review_due": "2026-09", "opcs": ["T79.1", "T54.1", "T54.8", "T74.4"], "icd10": ["L60.3", "M72.0"],
    },
    "table_of_procedures.html": {
        "kind": "clinical_policy", "reference": "EY/100", "version": "12", "position": None, "effective_from": "2022-04",
        "review_due": "static", "opcs": ["C10.1", "C13.1", "C13.2", "C25.2"],
    },
    "web_page.html": {
        "kind": "clinical_policy", "title": "Knuckle smoothing surgery", "reference": "LA-22", "version": "1.0",
        "position": IN_PART, "ratified_on": "2025-02", "effective_from": "2025-03-01", "review_due": "TBC", "opcs": ["W08.1"],
        "icd10": ["M25.7"],
    },
    "hanging_values.txt": {
        "kind": "clinical_policy", "title": "Balloon widening of the snuffbox in adults with a blocked nose", "reference": "B22",
        "version": "1", "position": OUT, "ratified_on": "2014-10-30", "effective_from": "2014-12-01", "review_due": "static",
        "opcs": ["E13.4", "E13.8"], "icd10": ["J31.1"],
    },
    "labels_then_values.txt": {
        "kind": "clinical_policy", "title": "Wrist lamps for stiff fingers", "reference": "LC 0418", "version": "2.0",
        "position": IN_PART, "ratified_on": "2022-05-19", "review_due": "2025-05", "opcs": ["W91.4", "W91.5", "W92.1"],
        "icd10": ["M25.6", "M25.7"],
    },
    "bars_between.txt": {
        "kind": "clinical_policy", "title": "Copper insoles for cold feet", "reference": "WV 22-09", "version": "2.1",
        "position": IN_PART, "ratified_on": "2022-06-30", "review_due": "2025-06-30",
    },
    "schedule_by_reference.txt": {
        "kind": "clinical_policy", "title": "Schedule of Policy Statements", "version": "7.1", "position": None,
        "ratified_on": "2019-03-04", "review_due": "2022-03", "opcs": ["A65.1"],
    },
    "flattened_table.txt": {
        "kind": "clinical_policy", "title": "Powder injections: commissioned uses", "reference": "FW/PA/12", "version": "4",
        "position": None, "ratified_on": "2023-10-11", "review_due": "2026-10",
    },
    "numbered_entries.txt": {
        "kind": "clinical_policy", "title": "RESTRICTED TREATMENTS DOCUMENT", "version": "v5.0", "position": None,
        "ratified_on": "2023-03-30", "effective_from": "2023-04-03", "review_due": "2025-03",
    },
    "gaps_in_columns.txt": {
        "kind": "clinical_policy", "title": "Procedures Not Normally Funded", "version": "7", "ratified_on": "2016-04-05",
        "review_due": "2018-04", "reference": None,
    },
    "numbered_labels.txt": {
        "kind": "clinical_policy", "title": "Stomach folding for slow digestion", "reference": "SCI/11/019", "position": IN_PART,
        "ratified_on": "2021-11-11", "effective_from": "2022-01-01", "opcs": ["G28.1", "G30.3", "G32.1"], "icd10": ["K30.8"],
    },
    "list_further_below.txt": {
        "kind": "clinical_policy", "title": "POLICY FOR THE PROVISION OF MOONLIGHT BATHING", "position": IN_PART,
        "ratified_on": "2015-09-15", "effective_from": "2015-10-01", "review_due": "2018-09-30",
    },
    "heads_of_pages.txt": {
        "kind": "clinical_policy", "title": "Ribbon Lengthening of the Shoulder for Stiff Collars", "reference": "TP-MSK-014",
        "version": "v2.0", "position": IN_PART, "ratified_on": "2024-02-27", "effective_from": "2024-04-01",
        "review_due": "2027-02", "opcs": ["O291"], "icd10": ["M754", "M751", "M753"],
    },
    "cells_as_paragraphs.txt": {
        "kind": "clinical_policy", "title": "SCHEDULE OF PROCEDURES OF LIMITED CLINICAL VALUE", "version": "6.2",
        "ratified_on": "2016-03-22", "effective_from": "2016-04-01", "review_due": "2017-03",
        "opcs": ["S06.5", "S10.1", "A65.1", "D06.2"],
    },
    "sentences_of_a_board.txt": {
        "kind": "clinical_policy", "title": "STARLIGHT THERAPY", "reference": "06/11", "position": OUT,
        "ratified_on": "2011-09-29", "effective_from": "2011-10-01", "review_due": "2014-09",
    },
    "lines_of_a_list.txt": {"kind": "clinical_policy", "position": None, "ratified_on": None, "version": None},
    "unfolding_page.html": {"kind": "clinical_policy", "title": "Joint policies", "version": "3", "review_due": "2027-05"},
    "ethical.txt": {"kind": "umbrella", "version": "3", "position": None, "opcs": None, "ratified_on": "2022-05-05"},
    "guidance.txt": {"kind": "guidance", "reference": "IPG999", "position": None, "opcs": None},
    "minutes.txt": {"kind": "other", "position": None, "reference": None, "version": None, "statements": None},
    "request_process.txt": {
        "kind": "ifr_process", "title": "Individual Funding Request Policy and Procedure", "reference": "TV-IFR-01",
        "position": None, "ratified_on": "2023-07-07",
    },
}  # fmt: skip
SAID = {
    "numbered_entries.txt": {"Thumb polishing": OUT, "Palm vein lacing": IN_PART, "Heel unfolding": ALL},
    "gaps_in_columns.txt": {"Lobe tightening": OUT, "Brow weaving": OUT, "Wrist tunnel warming": IN_PART, "Womb lamp": ALL},
    "cells_as_paragraphs.txt": {
        "Removal of painted nails": OUT, "Knuckle decompression": IN_PART, "Mending of split fringes": OUT,
    },
    "several_statements.txt": {
        "Finger Tip Lacquering": OUT, "Palm Crease Release": IN_PART, "Thumb Web Steroid Injection": ALL,
    },
    "schedule_by_reference.txt": {"Knuckle decompression": IN_PART, "Thumb laser": OUT, "Wrist massage": ALL},
    "lines_of_a_list.txt": {"Acupuncture": OUT, "Cataract lamps": IN_PART, "Elbow creams": ALL},
    "unfolding_page.html": {"Shoulder steam": OUT, "Hip icing pumps": IN_PART},
    "table_of_procedures.html": {"Lash curling": OUT, "Lid fold lift": IN_PART, "Tear duct probing": ALL},
}  # fmt: skip


def read(name: str) -> Reading:
    return read_document(name, (DOCUMENTS / name).read_bytes())


@pytest.mark.parametrize("name", sorted(STATED))
def test_what_a_document_states_is_read_and_nothing_else(name: str) -> None:
    fields = read(name).fields()
    assert {key: fields[key].value for key in STATED[name]} == STATED[name]


@pytest.mark.parametrize("name", sorted(STATED))
def test_every_value_has_the_passage_it_was_read_from(name: str) -> None:
    reading = read(name)
    for key, field in reading.fields().items():
        if field.value is not None:
            assert field.passage and field.sure in ("certain", "likely", "doubtful"), key


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_document_of_several_statements_gives_each_with_its_own_position(name: str) -> None:
    said = read(name).statements.value
    assert {one["treatment"]: one["position"] for one in said} == SAID[name]


def test_a_table_of_indications_gives_the_treatment_of_the_title_for_each() -> None:
    said = read("flattened_table.txt").statements.value
    assert {one["indication"]: one["position"] for one in said} == {
        "Twitching eyelid": ALL, "Sweating palms": IN_PART, "Grinding of teeth": OUT,
    }  # fmt: skip


def test_criteria_are_found_where_a_sentence_points_to_them_and_end_where_their_list_ends() -> None:
    for name, labels in (
        ("list_further_below.txt", ["(a)", "(b)"]),
        ("numbered_labels.txt", ["(i)", "(ii)", "(iii)"]),
        ("heads_of_pages.txt", ["•", "•"]),
    ):
        (said,) = read(name).statements.value
        assert [one["label"] for one in said["criteria"]] == labels, name
    assert said["criteria"][1]["words"].endswith("bathing and rest")


def test_cover_and_inside_that_disagree_are_doubtful_and_both_named() -> None:
    reading = read("disagreeing.txt")
    assert (reading.version.value, reading.version.sure) == ("1819.v4b", "doubtful")
    assert "4a" in (reading.version.note or "")
    assert reading.review_due.sure == "doubtful"


def test_the_same_bytes_give_the_same_reading() -> None:
    assert read("labels_above.txt").as_json() == read("labels_above.txt").as_json()


ROWS = [
    ("Title", "Beeswax dressings for chilblains"),
    ("Reference", "NV-099"),
    ("Version", "2.1"),
    ("Date ratified", "3rd May 2024"),
    ("Effective from", "1 June 2024"),
    ("Review date", "May 2027"),
]
POSITION = "Beeswax dressings are not routinely commissioned."
CODES = "OPCS-4: S57.1 Dressing of skin. ICD-10: T69.1 Chilblains."
FROM_TABLE = (
    "Beeswax dressings for chilblains", "NV-099", "2.1", "2024-05-03", "2024-06-01", "2027-05", OUT, ["S57.1"], ["T69.1"],
)  # fmt: skip


def facts(reading: Reading) -> tuple[Any, ...]:
    names = ("title", "reference", "version", "ratified_on", "effective_from", "review_due", "position", "opcs", "icd10")
    return tuple(getattr(reading, name).value for name in names)


def as_word() -> bytes:
    document = docx.Document()
    document.add_heading("Clinical commissioning policy", 0)
    table = document.add_table(rows=0, cols=2)
    for label, value in ROWS:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, value
    document.add_heading("Policy statement", 1)
    document.add_paragraph(POSITION)
    document.add_heading("Coding", 1)
    document.add_paragraph(CODES)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def as_page() -> str:
    rows = "".join(f"<tr><th>{label}</th><td>{value}</td></tr>" for label, value in ROWS)
    return (
        f"<html lang='en'><head><title>Policy</title></head><body><h1>Clinical commissioning policy</h1><table>{rows}</table>"
        f"<h2>Policy statement</h2><p>{POSITION}</p><h2>Coding</h2><p>{CODES}</p></body></html>"
    )


def test_a_word_file_is_read_like_its_text() -> None:
    assert facts(read_document("policy.docx", as_word())) == FROM_TABLE


def test_a_web_page_is_read_like_its_text() -> None:
    assert facts(read_document("policy.html", as_page().encode())) == FROM_TABLE


def test_a_pdf_is_read_like_its_text() -> None:
    from weasyprint import HTML

    assert facts(read_document("policy.pdf", HTML(string=as_page()).write_pdf())) == FROM_TABLE


def test_labels_beside_hanging_values_of_a_pdf_are_read_whole() -> None:
    from weasyprint import HTML

    rows = [
        ("Commissioning position", f"{POSITION} This holds for every cause and however long they last, in adults and children.")
    ]
    rows += [row for row in ROWS if row[0] != "Title"]
    told = "".join(f"<div><span class=l>{label}</span><span class=v>{value}</span></div>" for label, value in rows)
    style = "span {display: inline-block; vertical-align: top} .l {width: 3.2cm; font-weight: bold} .v {width: 9cm}"
    page = f"<html lang='en'><style>{style}</style><h1>{ROWS[0][1]}</h1>{told}</html>"
    reading = read_document("policy.pdf", HTML(string=page).write_pdf())
    assert facts(reading)[:7] == FROM_TABLE[:7]
    assert "adults and children" in " ".join((reading.position.passage or "").split())


def test_a_file_is_known_by_its_content_and_not_by_its_name() -> None:
    assert facts(read_document("policy.txt", as_word())) == FROM_TABLE


@pytest.mark.parametrize(
    "content",
    [b"", b"   \n", b"PK\x03\x04 damaged", b"%PDF-1.7 damaged", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, b"\x00\x01\x02\x03" * 50],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read_document("policy.pdf", content)
    assert str(refused.value).endswith(".")


def test_an_archive_that_swells_is_refused() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b"0" * 400_000_000)
    with pytest.raises(UnreadableDocument):
        read_document("policy.docx", kept.getvalue())


@pytest.mark.skipif(SEEDS is None, reason="IFR_SEEDS names no folder with the documents on which the project was founded")
def test_the_founding_documents_are_read_right() -> None:
    found = {path.name[:3]: read_document(path.name, path.read_bytes()) for path in Path(SEEDS or "").glob("*.txt")}
    assert facts(found["000"])[1:] == (
        None, "v1.0", "2026-04-01", None, "TBC", OUT, ["A752", "A759"], ["R61", "R610", "R611", "R619"],
    )  # fmt: skip
    assert facts(found["002"])[1:] == (
        "CMICB_Clin018", "1", "2023-04-01", None, "2026-04-01", OUT, ["V53", "V54"],
        ["M51.0", "M51.1", "M54.1", "M54.3", "M54.4", "M54.5", "M54.9"],
    )  # fmt: skip
    assert [row["code"] for row in found["002"].as_json()["opcs"]["rows"]] == ["V53", "V54", "V53", "V54"]
    assert (found["001"].kind.value, found["001"].reference.value, found["001"].position.value) == ("guidance", "HTG331", None)
