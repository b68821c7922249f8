"""The requests that are walked, in the words of the clinicians who send them. Every patient is invented."""

from dataclasses import dataclass, field, replace
from itertools import count

from ifr.cases.distinct.services import StepAnswers
from ifr.demo import accounts

_numbers = count(100_000)


def synthetic_nhs_number() -> str:
    """The next number of the range 999, which is kept for patients who do not exist, with its check digit."""
    while True:
        digits = f"999{next(_numbers):06d}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)


@dataclass(frozen=True)
class Story:
    """One request as it is first typed: `points` are (what, kind, how common, why benefit, question)."""

    clinician: str
    provider: str
    commissioner: str
    patient: dict[str, str]
    answers: dict[str, str]
    points: tuple[tuple[str, str, str, str, str], ...] = ()
    tried: tuple[tuple[str, str, str, str], ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    # The comparison group step by step; its sentence then takes the place of the answer `comparator`.
    group: tuple[StepAnswers, ...] = ()
    details: dict[str, str] = field(default_factory=dict)


CONSENTS = {"consent_treatment": "yes", "consent_sharing": "yes", "consent_letters": "yes", "basis": "patient_agrees"}

# What every clinician here could answer, so that nothing is asked afterwards save what a story leaves open on purpose.
AT_HAND = {
    "kind_of_treatment": "procedure",
    "registration": "GMC 0000000 (demonstration)",
    "comorbidity": "None that bears on this treatment",
    "alternative": "Nothing further; the care that has been given so far would go on",
    "body_site": "As the operation is described above",
    "place": "At this hospital",
    "cost_parts": "Theatre, day-case bed and two follow-up visits; no VAT",
    "trial": "no",
    "exit": "Nothing follows that the provider would not give as usual care",
    "baseline": "As the measure says, taken this month",
    "measured_when": "At 3 and at 12 months",
    "earlier_use": "no",
    "incidence": "Not counted here; the policy gives the figures it was made on",
    "expected": "One or two",
}

FORAMINOPLASTY = Story(
    clinician="rosa_spine",
    provider=accounts.CM_TRUST,
    commissioner=accounts.CM,
    patient={"name": "Janet Ashworth", "born_on": "14 5 1980", "address": "4 Sample Row\nBirkenhead"},
    answers={
        **AT_HAND,
        "clinician_telephone": "01632 960311",
        "clinician_job": "Consultant spinal surgeon",
        "specialty": "Spinal surgery",
        "condition": "Disc prolapse at L4/5 with leg pain, back within a year of a discectomy",
        "indication_codes": "M51.1",
        "course": "Pain has kept the patient from standing for more than ten minutes for fourteen months.",
        "treatment": "Endoscopic laser foraminoplasty",
        "treatment_codes": "V53.1",
        "timing": "One operation as a day case",
        "cost": "4200",
        "comparator": "Adults with a lumbar disc prolapse and leg pain after usual treatment, whom the policy excludes",
        "test_distinct": "Scarring from the first operation closes the usual way in: open revision carries a risk of "
        "durotomy that the surgeon puts at one in five. Patients whom the policy excludes have not had that operation.",
        "test_robust_case": "The operation note, the MRI report and two case series of revision after discectomy.",
        "aim": "Leg pain low enough to stand for an hour",
        "measure": "Oswestry Disability Index before, at 3 and at 12 months; baseline 58",
        "stopping": "A single operation; no repeat",
        "urgent": "no",
        "rights": "None that bears on this request",
        **CONSENTS,
    },
    points=(
        ("Dense scarring at L4/5 after the first operation, seen on MRI", "clinical", "About 1 in 20 of those excluded",
         "The endoscope passes beside the scar", "distinct"),
        ("The patient is an only carer for a parent", "not_clinical", "Not known", "", "distinct"),
    ),
    tried=(
        ("Discectomy", "March 2025", "Relief for four months", "Prolapse came back"),
        ("Nerve root injection", "November 2025", "Two weeks of relief", "No lasting effect"),
    ),
    evidence=(("Operation note of the first discectomy", "Open discectomy at L4/5. Dense adhesions at closure."),),
)  # fmt: skip

HYPERHIDROSIS = Story(
    clinician="dev_skin",
    provider=accounts.CE_TRUST,
    commissioner=accounts.CE,
    patient={"name": "Marek Dolan", "born_on": "2 9 1997", "address": "11 Fen Lane\nEly", "practice": "Market Surgery"},
    answers={
        **AT_HAND,
        "clinician_telephone": "01632 960411",
        "clinician_job": "Consultant dermatologist",
        "specialty": "Dermatology",
        "condition": "Severe palmar hyperhidrosis",
        "indication_codes": "R61.0",
        "course": "Stable, severe, since adolescence",
        "treatment": "Endoscopic thoracic sympathectomy",
        "treatment_codes": "A75.2",
        "timing": "One operation on both sides",
        "cost": "3900",
        "comparator": "Adults with palmar hyperhidrosis after topical treatment, iontophoresis and botulinum toxin",
        "test_different": "The sweating is severe and has not responded to any usual treatment.",
        "aim": "Dry hands",
        "measure": "Hyperhidrosis Disease Severity Scale at 3 and 12 months; baseline 4",
        "stopping": "A single operation",
        "urgent": "no",
        "rights": "None that bears on this request",
        **CONSENTS,
    },
    points=(
        ("Sweating that is at the top of the severity scale", "clinical", "Most patients who ask for this operation",
         "Not said", "different"),
        ("Works as a joiner and drops tools", "not_clinical", "Common", "", "different"),
    ),
    tried=(
        ("Aluminium chloride", "2022", "None", "Irritated skin"),
        ("Iontophoresis", "2024", "Little", "No lasting effect"),
        ("Botulinum toxin", "2025", "Four months at a time", "Painful, wears off"),
    ),
    group=(
        StepAnswers("policy", "", "number", 400, source="Activity of the last five years (invented)", part="not_funded"),
        StepAnswers("condition", "Palmar hyperhidrosis", "range", 250, 300, source="The clinic's own register (invented)"),
        StepAnswers("stage", "Severe: 4 of 4 on the disease severity scale", "number", 90, source="The same register"),
        StepAnswers("usual_treatment", "Topical treatment, iontophoresis and botulinum toxin"),
    ),
)  # fmt: skip

BLUSHING = Story(
    clinician="dev_skin",
    provider=accounts.CE_TRUST,
    commissioner=accounts.CE,
    patient={"name": "Hannah Pryce", "born_on": "23 1 1995", "address": "8 Chapel Street\nBedford"},
    answers={
        **AT_HAND,
        "clinician_telephone": "01632 960411",
        "clinician_job": "Consultant dermatologist",
        "specialty": "Dermatology",
        "condition": "Primary facial blushing, severe, refractory to medicines and cognitive behavioural therapy",
        "indication_codes": "R23.2",
        "course": "Unchanged for ten years",
        "treatment": "Endoscopic thoracic sympathectomy",
        "treatment_codes": "A75.2",
        "timing": "One operation on both sides",
        "cost": "3900",
        "test_group": "Perhaps two such patients a year in this area reach a surgeon after everything else has failed.",
        "test_individual": "The blushing is constant and has led to three admissions after falls in flight from company.",
        "test_effect": "NICE HTG331 finds the evidence adequate; in the largest series symptom scores fell from 9 to 3.",
        "test_safety": "Compensatory sweating is usual and can be severe; she has met two patients who have it.",
        "test_cost": "About £3,900 once, against about £1,400 a year for therapy and admissions.",
        "test_priority": "Every other treatment has been used; the alternative is to go on paying for what does not work.",
        "aim": "To lower the blushing score from 9 to 4 or less",
        "measure": "Visual analogue scale and a sweating scale at 3 and 12 months; baseline 9",
        "stopping": "A single operation",
        "urgent": "no",
        "rights": "The patient has an anxiety disorder that is a disability; it is secondary to the blushing",
        **CONSENTS,
    },
    points=(
        ("Falls with injury, three admissions in two years", "clinical", "Not known in any series", "Would end the falls",
         "individual"),
    ),
    tried=(
        ("Propranolol", "2019 to 2021", "Slight", "Faintness"),
        ("Cognitive behavioural therapy, 24 sessions", "2023", "Coping better, blushing unchanged", "Completed"),
    ),
    evidence=(("Letter of the clinical psychologist", "Twenty-four sessions completed. Blushing is unchanged."),),
)  # fmt: skip


def another(
    like: Story, *, name: str, born_on: str, points: tuple[tuple[str, str, str, str, str], ...] | None = None, **answers: str
) -> Story:
    """The same kind of request for another patient, with some other answers."""
    return replace(
        like,
        patient={"name": name, "born_on": born_on, "address": "1 Sample Street\nExampleton"},
        answers={**like.answers, **answers},
        group=() if {"comparator", "treatment"} & answers.keys() else like.group,
        points=like.points if points is None else points,
        evidence=(),
    )


FACET_INJECTION = another(
    FORAMINOPLASTY, name="Gareth Ellis", born_on="3 3 1974",
    specialty="Pain medicine", condition="Low back pain from the facet joints", indication_codes="M54.5",
    treatment="Facet joint injection", treatment_codes="V54.4", cost="650",
    comparator="Adults with low back pain who have not completed an exercise programme",
    test_distinct="A heart condition makes the exercise programme that the policy asks for unsafe.",
    test_robust_case="The letter of the cardiologist.",
    points=(("Cannot exercise safely", "clinical", "About 1 in 50", "The injection would allow graded activity", "distinct"),),
)  # fmt: skip

ULTRA_RARE_FEVER = another(
    BLUSHING, name="Ada Finch", born_on="19 7 2018",
    specialty="Paediatric rheumatology", condition="Ultra-rare periodic fever syndrome", indication_codes="E85.0",
    treatment="Interleukin-1 receptor antagonist", treatment_codes="", kind_of_treatment="medicine", dose="100 mg",
    frequency="Once a day", administration="Under the skin", licence="off_label", formulary="agreed",
    cost="9800", basis="parental_responsibility", points=(),
)  # fmt: skip

SECOND_EYE = another(
    HYPERHIDROSIS, name="Frank Osborne", born_on="11 11 1959",
    specialty="Ophthalmology", condition="Cataract in the only eye with useful sight", indication_codes="H25.1",
    treatment="Premium lens implant", treatment_codes="C75.1", kind_of_treatment="device", device_model="Any toric lens",
    device_marking="yes", cost="1200",
    comparator="Adults who have had one cataract operation and see with both eyes",
    test_different="The other eye was lost to injury, so every patient in the comparison group has a second eye and this one "
    "has none.",
    test_more_benefit="Glasses cannot be fitted after a facial burn; the standard lens would leave him without useful sight.",
    points=(("Only eye, and glasses cannot be worn", "clinical", "Fewer than 1 in 1,000", "Sight without glasses", "different"),),
)  # fmt: skip

BARIATRIC = another(
    HYPERHIDROSIS, name="Denise Rowe", born_on="6 6 1982",
    specialty="Bariatric surgery", condition="Slipped gastric band", indication_codes="K91.8",
    treatment="Revision of gastric band", treatment_codes="G30.3", cost="5600", points=(),
    comparator="Adults with a complication of bariatric surgery",
    test_different="The criteria of the policy are met.", test_more_benefit="The criteria of the policy are met.",
)  # fmt: skip

SNORING = another(
    FORAMINOPLASTY, name="Lucy Hartnell", born_on="9 9 1999",
    specialty="Ear, nose and throat", condition="Snoring without sleep apnoea", indication_codes="R06.5",
    treatment="Palatoplasty for snoring", treatment_codes="F32.5", cost="2100",
    comparator="Adults who snore without sleep apnoea",
    test_distinct="The snoring is severe.", test_robust_case="The sleep study.",
    points=(("Severe snoring", "clinical", "Common in those who ask", "", "distinct"),),
)  # fmt: skip

PHOTOPHERESIS = another(
    BLUSHING, name="Colin Baird", born_on="2 2 1985",
    specialty="Haematology", condition="Chronic graft-versus-host disease of the skin", indication_codes="D89.8",
    treatment="Extracorporeal photopheresis", treatment_codes="X32.8", cost="31000", points=(),
    test_group="The fourth request of this kind this year.",
)  # fmt: skip

WOUND = another(
    BLUSHING, name="Edith Marlow", born_on="30 4 1947",
    specialty="Wound care", condition="Leg ulcer that has not healed in two years", indication_codes="L97",
    treatment="Negative-pressure wound system at home", treatment_codes="", kind_of_treatment="device",
    device_model="As the district nurses use it", device_marking="yes", cost="2400", basis="best_interests", points=(),
)  # fmt: skip

URGENT_OFF_LABEL = another(
    BLUSHING, name="Robert Kane", born_on="17 12 1954",
    specialty="Oncology", condition="Rare sarcoma with airway compression", indication_codes="C49.0",
    treatment="Off-label kinase inhibitor", treatment_codes="", kind_of_treatment="medicine", dose="400 mg",
    frequency="Twice a day", administration="By mouth", licence="off_label", formulary="asked",
    cost="7200", urgent="yes", needed_by="",
    harm_of_waiting="The airway may close within days.", points=(),
)  # fmt: skip
