"""Forty invented answers: twenty that deserve a remark and twenty that do not. Precision counts for more than reach."""

import pytest

from ifr import profiles
from ifr.cases.distinct.wording import mentioned, restated
from ifr.config import HOUSE

RULES: profiles.Remarks = next(s.parsed for s in profiles.read_folder(HOUSE / "workflows") if s.kind == "remarks")

NARCOLEPSY = ("Narcolepsy with cataplexy, severe", "Sodium oxybate", "Modafinil", "Methylphenidate", "Venlafaxine")
SWEATING = ("Severe palmar hyperhidrosis", "Endoscopic thoracic sympathectomy", "Iontophoresis", "Botulinum toxin")
DISC = ("Disc prolapse at L4/5 with leg pain", "Endoscopic laser foraminoplasty", "Physiotherapy", "Nerve root injection")
ARTHRITIS = ("Rheumatoid arthritis, high disease activity", "Tofacitinib", "Methotrexate", "Adalimumab")

RESTATING = [
    ("failure", SWEATING, "The sweating is severe and has not responded to any usual treatment."),
    ("severity", DISC, "This lady suffers extremely severe and disabling leg pain."),
    ("failure", NARCOLEPSY, "All standard treatments have failed and there are no alternatives."),
    ("failure", NARCOLEPSY, "Modafinil, methylphenidate and venlafaxine have all been tried without benefit."),
    ("diagnosis", NARCOLEPSY, "He has narcolepsy with cataplexy."),
    ("works", DISC, "Laser foraminoplasty is effective and would help this patient."),
    ("works", ARTHRITIS, "Studies have shown that tofacitinib works well in rheumatoid arthritis."),
    ("severity", ARTHRITIS, "Her arthritis is very severe, with constant pain, and her quality of life is poor."),
    ("failure", SWEATING, "She has exhausted all conventional options; iontophoresis and botulinum toxin were ineffective."),
    ("failure", ARTHRITIS, "Refractory disease despite methotrexate and adalimumab."),
    ("severity", NARCOLEPSY, "This is the worst case of narcolepsy I have seen in 20 years."),
    ("works", SWEATING, "Sympathectomy is a proven treatment and I believe that he will benefit."),
    ("failure", DISC, "Physiotherapy and injection have failed. This is the last resort."),
    ("severity", SWEATING, "Severe, debilitating, distressing hyperhidrosis."),
]  # fmt: skip
MENTIONING = [
    ("work", "She has been off sick since March and may lose her job."),
    ("study", "He is a student and his education is suffering."),
    ("caring", "The patient is an only carer for a parent."),
    ("money", "The family cannot afford to pay privately."),
    ("work", "Works as a joiner and drops tools."),
    ("caring", "She is a single mother and looks after two young children."),
]
LEFT_ALONE = [
    (DISC, "Dense scarring from the first operation closes the usual way in; open revision carries a one in five risk."),
    (NARCOLEPSY, "He has a mitochondrial disorder, so stimulants are contraindicated; he had arrhythmias on methylphenidate."),
    (SWEATING, "An accessory cervical rib lies over the stellate ganglion on both sides."),
    (ARTHRITIS, "A heterozygous interferon mutation was found, which drives the JAK pathway that tofacitinib blocks."),
    (SWEATING, "Severe sweating macerates the skin graft of a burned palm, which was lost twice to infection."),
    (NARCOLEPSY, "Unlike those who have not responded, he had a full response for a year before antibodies appeared."),
    (DISC, "About 5% of those excluded have had a fusion above the level."),
    (ARTHRITIS, "Latent tuberculosis with rifampicin hepatitis rules out every anti-TNF agent."),
    (NARCOLEPSY, "Onset at the age of six, with precocious puberty and hypothalamic obesity."),
    (DISC, "The MRI shows a sequestrated fragment behind the L4 body, seen in fewer than 3 of 100 prolapses."),
    (ARTHRITIS, "Pregnancy is planned after two stillbirths with antiphospholipid antibodies, which rules out methotrexate."),
    (SWEATING, ""),
]
NOT_MENTIONED = [
    "A study of 40 patients at University Hospital showed that the drug works.",
    "Blood work in intensive care was normal; the cost of the drug is £4,000 in the financial year.",
    "Nurses caring for her report two seizures a day.",
    "On examination there is wasting of both hands; his degree of flexion is half, by a paired Student t test.",
    "The increased work of breathing causes exhaustion.",
    "The trial of young children excluded patients with a shunt.",
    "Networks of specialist centres follow the guidance of the Royal College of Physicians.",
    "Primary care records show three admissions, and benefits were seen within a week.",
]  # fmt: skip


@pytest.mark.parametrize(("key", "shared", "answer"), RESTATING)
def test_an_answer_that_the_whole_group_could_give_is_remarked_on(key: str, shared: tuple[str, ...], answer: str) -> None:
    found = restated(answer, shared, RULES)
    assert found is not None and found.key == key
    assert all(word in answer.casefold() for word in found.led_by)


@pytest.mark.parametrize(("shared", "answer"), LEFT_ALONE)
def test_an_answer_that_says_something_of_this_patient_is_left_alone(shared: tuple[str, ...], answer: str) -> None:
    assert restated(answer, shared, RULES) is None


@pytest.mark.parametrize(("key", "answer"), MENTIONING)
def test_work_study_caring_and_money_are_noticed(key: str, answer: str) -> None:
    assert key in {one.key for one in mentioned(answer, RULES.beside)}


@pytest.mark.parametrize("answer", NOT_MENTIONED)
def test_words_that_only_look_like_them_are_left_alone(answer: str) -> None:
    assert mentioned(answer, RULES.beside) == []


def test_the_words_that_led_to_a_remark_are_named_and_a_commissioners_own_count() -> None:
    found = restated("All standard treatments have failed and there are no alternatives.", NARCOLEPSY, RULES)
    assert found is not None and {"failed", "no alternatives"} <= set(found.led_by)
    assert mentioned("She keeps bees.", RULES.beside) == []
    assert [one.led_by for one in mentioned("She keeps bees.", RULES.beside, {"work": ["bees"]})] == [("bees",)]
