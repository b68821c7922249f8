"""Requests that came before a panel in an uncommon way, each walked by real moves: cases 7, 11, 12, 18, 19, 23 and 25."""

from ifr import clock
from ifr.appeals import services as appeals
from ifr.cases.models import Case
from ifr.cases.parties import services as parties
from ifr.cases.patients import contact
from ifr.cases.patients.earlier_use import UseSaid
from ifr.cases.timing import matters
from ifr.decisions.services import ConditionTyped
from ifr.decisions.undoing import services as undoing
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.demo.days import day, hear, in_days, to_panel
from ifr.demo.stories import another
from ifr.panels import meetings, seats
from ifr.panels.interests import stopping
from ifr.panels.sitting import forecast_for, open_item_of, seats_of

_MEDICINE = {"treatment_codes": "", "kind_of_treatment": "medicine", "licence": "licensed", "formulary": "agreed"}

FOURTH_CYCLE = another(
    stories.HYPERHIDROSIS, name="Tamsin Holt", born_on="12 6 1988",
    specialty="Reproductive medicine", condition="Infertility after three cycles of in vitro fertilisation",
    indication_codes="N97.9", treatment="Fourth cycle of in vitro fertilisation", treatment_codes="Q13.1", cost="5200",
    comparator="Women who have had three funded cycles without a birth",
    test_different="She has mosaic Turner syndrome, so her own eggs will be spent within a year or two. Women whom the policy "
    "excludes have no such limit.",
    test_more_benefit="With frozen embryos of good grade the chance of a birth is put at one in five, as for a second cycle.",
    aim="A pregnancy that goes to term", measure="Birth of a child within twelve months", stopping="One cycle, no repeat",
    points=(
        ("Mosaic Turner syndrome with a falling egg reserve", "clinical", "Fewer than 1 in 500 of those excluded",
         "The chance will not come again", "more_benefit"),
        ("The couple have saved for two years and cannot pay again", "not_clinical", "Common", "", "different"),
    ),
)  # fmt: skip
NARCOLEPSY = another(
    stories.HYPERHIDROSIS, name="Erin Doyle", born_on="3 10 2009", **_MEDICINE,
    specialty="Paediatric neurology", condition="Narcolepsy with cataplexy, up to thirty attacks a day",
    indication_codes="G47.4", treatment="Sodium oxybate", dose="4.5 g", frequency="Twice a night", administration="By mouth",
    cost="13100", comparator="Patients with narcolepsy", basis="competent_young_person",
    test_different="All the usual medicines have failed or were not tolerated. Most patients whom the policy excludes respond "
    "to one of them.",
    test_more_benefit="In two patients of the clinic who had failed the same three the attacks fell by four fifths.",
    aim="Fewer than ten attacks of cataplexy a week", measure="Diary of attacks and the Epworth scale at three months",
    stopping="Stop at three months where attacks have not halved", rights="She is a child; her schooling depends on it",
    points=(
        ("Three usual medicines failed or were not tolerated", "clinical", "About 1 in 20 of all patients",
         "What is left works in another way", "more_benefit"),
    ),
)  # fmt: skip
PHENYLALANINE = another(
    stories.HYPERHIDROSIS, name="Toby Arden", born_on="5 2 2020", **_MEDICINE,
    specialty="Metabolic medicine", condition="Phenylketonuria with a learning disability; the diet cannot be kept",
    indication_codes="E70.0", treatment="Sapropterin", dose="10 mg/kg", frequency="Once a day", administration="By mouth",
    cost="14500", comparator="Children with phenylketonuria whose diet is kept", basis="parental_responsibility",
    test_different="His autism makes the diet impossible: he refuses the protein substitute. Others of the group keep to it.",
    test_more_benefit="A test of four weeks brought his blood level from 900 to 310 micromoles a litre.",
    aim="To lower the phenylalanine level in the blood to below 360 micromoles a litre",
    measure="Blood level each week for twelve weeks; baseline 900",
    stopping="Stop where the level stays above 600 at twelve weeks",
    rights="He is a disabled child: his disability is why the diet fails",
    points=(
        ("A test of four weeks lowered the level by two thirds", "clinical", "About 1 in 3 of those tested", "It works in him",
         "more_benefit"),
        ("Autism, so that the diet cannot be kept", "clinical", "Fewer than 1 in 50", "Nothing else lowers it", "different"),
    ),
)  # fmt: skip
PAID_FOR = another(
    stories.HYPERHIDROSIS, name="Graham Sutter", born_on="22 4 1971",
    specialty="Cardiology", condition="Heart failure on full medical treatment", indication_codes="I50.0",
    treatment="Baroreflex activation device", treatment_codes="A33.8", kind_of_treatment="device",
    device_model="As implanted in May", device_marking="yes", cost="9300", earlier_use="yes",
    comparator="Adults with heart failure on full medical treatment",
    test_different="The device has been in place for six months and its response is measured; others have yet to begin.",
    test_more_benefit="He walks 410 metres in six minutes; before it was 240. He has not been admitted since.",
    aim="To keep the walking distance that was gained", measure="Six-minute walk at three and twelve months; baseline 410",
    stopping="Switch off where the distance falls below 280 metres",
    points=(
        ("A measured response over six months", "clinical", "Nobody of the group has it yet", "It goes on", "more_benefit"),
    ),
)  # fmt: skip
AFTER_A_TRIAL = another(
    stories.FORAMINOPLASTY, name="Moira Keane", born_on="17 11 1963", **_MEDICINE,
    clinician_job="Consultant respiratory physician",
    specialty="Respiratory medicine", condition="Interstitial lung disease after a trial has ended", indication_codes="J84.1",
    treatment="Trial antifibrotic medicine", dose="150 mg", frequency="Twice a day", administration="By mouth", cost="26100",
    earlier_use="yes", points=(),
    test_group="About nine patients of the trial live in this area.", test_individual="She responded better than the average.",
    test_effect="The trial found a slower loss of lung volume; its results are not published yet.",
    test_safety="Liver tests each month, as in the trial.", test_cost="About £26,100 a year; usual care about £3,000.",
    test_priority="Nothing else slows the disease.",
)  # fmt: skip
VEINS = another(
    stories.FORAMINOPLASTY, name="Winifred Tate", born_on="8 1 1956",
    specialty="Vascular surgery", condition="Varicose veins with an ulcer, treated twice", indication_codes="I83.0",
    treatment="Repeat endovenous ablation", treatment_codes="L88.1", cost="1900",
    comparator="Patients whose varicose veins were treated twice",
    test_distinct="The ulcer has been open for two years; most whom the policy excludes have none.",
    test_robust_case="The duplex scan and the wound record.",
    points=(("An ulcer that has been open for two years", "clinical", "About 1 in 30", "Healing", "distinct"),),
)  # fmt: skip
SCAR = another(
    stories.HYPERHIDROSIS, name="Kirsty Moyle", born_on="14 8 1990",
    specialty="Plastic surgery", condition="Hypertrophic scar across the neck after a burn", indication_codes="L91.0",
    treatment="Scar revision", treatment_codes="S60.4", cost="3100",
    comparator="Patients with a scar that troubles them",
    test_different="The scar draws the chin down and she cannot turn her head to drive. Other scars of the group do not bind.",
    test_more_benefit="Release gives back the range of movement in nine of ten; for most of the group only the look changes.",
    aim="To turn the head by 60 degrees to either side", measure="Range of movement at three months; baseline 25",
    stopping="One operation",
    points=(("The scar binds the neck", "clinical", "Fewer than 1 in 100", "Movement comes back", "different"),),
)  # fmt: skip


def heard_in_uncommon_ways() -> None:
    """Two meetings of Central East with cases 7, 11, 12 and 18, one of Cheshire & Merseyside with case 19; then 25 and 23."""
    cycle = to_panel(FOURTH_CYCLE, since=185)
    narcolepsy = to_panel(
        NARCOLEPSY, since=185, comparator_answer="replaced",
        comparator="Patients with narcolepsy and cataplexy in whom the usual medicines have failed or were not tolerated",
        comparator_because="The group in the request was all patients with narcolepsy. Those to compare with have failed "
        "usual treatment.",
        comment="The summary leaves out that the third medicine was stopped for a rash, not for want of effect.",
    )  # fmt: skip
    level = to_panel(PHENYLALANINE, since=185)
    paid = to_panel(
        PAID_FOR, since=185,
        used=UseSaid("private", "From May to November", "No admission since", measured="Walks 410 m, before it 240 m"),
    )  # fmt: skip
    trial = ConditionTyped("Report the diary of attacks at three months.", "Attacks a week, against 70 before", in_days(-62))
    hear(
        [
            (cycle, "not_funded", {
                "against": {"leo_lay": "The limit on her eggs is a clinical fact that the others of the group do not share."},
                "reasons": "The chance of a birth is that of others at a fourth cycle; the syndrome shortens the time, and "
                "does not raise the chance above that of the group.",
            }),
            (narcolepsy, "funded", {"conditions": (trial,), "amount_answer": "amount", "amount_words": "Three months"}),
            (level, "not_funded", {
                "reasons": "It was not shown that the medicine would improve his development as a whole.",
                "in_the_round": "His autism sets him apart. The gain in development is uncertain.",
            }),
            (paid, "funded", {"amount_words": "From the day of this decision; what was paid before is not paid back"}),
        ],
        commissioner=accounts.CE, ago=150,
    )  # fmt: skip
    _started_and_continued(narcolepsy)
    _taken_again_by_others(level)
    _after_a_trial()
    _met_in_the_papers()
    _died_while_listed()


def _started_and_continued(case: Case) -> None:
    """Case 11: a trial of treatment of three months; the report bears it out and the chair lets the funding run on."""
    with day(140):
        afterwards.treated(case, "dev_skin")
    with day(60):
        afterwards.reported(case, "dev_skin")


def _taken_again_by_others(case: Case) -> None:
    """Case 12: judged by another aim than the one stated; a letter before legal action; set aside, taken again, funded."""
    with day(130):
        matters.arrived(
            case, "pre_action", on=clock.today(), once=walk.once(), seen=case.version, by=accounts.user("maya_manages")
        )
    with day(126):
        undoing.prepare_set_aside(
            case, because="The panel asked whether he would develop better. The request asks for a lower level in the blood, and "
            "the panel did not answer that.", other_people=True, once=walk.once(), seen=case.version,
            by=accounts.user("maya_manages"),
        )  # fmt: skip
        walk.step(case, "set_aside", "olive_officer", "The aim that the request states was not what was weighed.")
        (matter,) = matters.matters_of(case)
        matters.answered(case, matter, on=clock.today(), seen=case.version, by=accounts.user("maya_manages"))
    with day(124):
        afterwards.released(case.stream)
    hear(
        [(case, "funded", {"reasons": "The level in the blood, which is the aim, fell by two thirds in the test."})],
        commissioner=accounts.CE, ago=100, chair=hearing.DEPUTY, members=("mina_member", "ruth_lay"),
    )  # fmt: skip


def _after_a_trial() -> None:
    """Case 19: the trial has ended; the sponsor's letter is asked for; six weeks to wean, and no more, under the clause."""
    promised = "The sponsor's letter of March: no supply after the last visit."
    case = to_panel(
        AFTER_A_TRIAL, since=125, no_policy=True, took=20,
        used=UseSaid("trial", "January 2025 to July 2026", "Lung volume held", promised=promised),
    )  # fmt: skip
    hear(
        [(case, "funded_in_part", {
            "what_is_funded": "Six weeks, so that the medicine can be reduced step by step",
            "what_is_not_funded": "The medicine after those six weeks",
            "reasons": "The clause on trials holds: the cost is not taken over when a trial ends. Nothing clinical sets her "
            "apart from the others of the trial.",
            "amount_answer": "amount", "amount_words": "Six weeks’ supply",
        })],
        commissioner=accounts.CM, ago=85, members=("omar_member", "nina_member", "leo_lay"),
    )  # fmt: skip


def _met_in_the_papers() -> None:
    """Case 25: a member finds that he is her doctor; with one more away there is no quorum until another member joins. Put
    off, then funded on a condition; a late appeal against it is taken, and the decision stands."""
    case = to_panel(SCAR, since=125)
    with day(97):
        first = hearing.planned(accounts.CE, in_days(-90))
        hearing.listed(case, first)
    with day(93):
        for who in (hearing.CHAIR, *hearing.MEMBERS):
            hearing.declared(case, who)
        stopping.stop(case.key, note="I am her general practitioner.", by=accounts.user("omar_member"))
        seats.attend(first.id, accounts.user("nina_member").id, "apologies", by=accounts.user("stan_minutes"))
        item = open_item_of(case)
        assert item is not None
        assert not forecast_for(item, case, seats_of(first.id)).quorate.reached
    with day(92):
        seats.seat(first.id, accounts.user("mina_member").id, "member", by=accounts.user("stan_minutes"))
        hearing.declared(case, "mina_member")
    with day(90):
        hearing.opened(first, ("mina_member", "leo_lay"))
        hearing.taken(case)
        hearing.deferred(
            case, "The range of movement, measured", "The plastic surgeon", in_days(-80), "The measurement is missing."
        )
        meetings.close_meeting(first.id, by=accounts.user("stan_minutes"))
    hear(
        [(case, "funded_in_part", {
            "conditions": (ConditionTyped("The operation is done at the burns centre.", ""),),
            "what_is_funded": "The operation, at the burns centre",
            "what_is_not_funded": "The operation at the hospital that asked for it",
        })],
        commissioner=accounts.CE, ago=72, members=("mina_member", "nina_member", "leo_lay"),
    )  # fmt: skip
    with day(14):
        appeal = afterwards.appealed(
            case, "dev_skin", "evidence", "The patient cannot travel to the burns centre, as her letter said.",
            late_because="The clinician was on sick leave for six weeks.",
        )  # fmt: skip
        appeals.accept_late(
            appeal, reason="The clinician could not have known, and the patient is not to lose by it.", seen=appeal.version,
            by=accounts.user("maya_manages"),
        )  # fmt: skip
        afterwards.accepted(appeal, "evidence")
    with day(8):
        afterwards.reviewed(appeal)
        afterwards.found(appeal, "evidence", made_out=False)
        afterwards.released(appeal.stream)


def _died_while_listed() -> None:
    """Case 23: she dies while her request is listed. Letters to her are held back, the manager withdraws the request, and
    her husband is written to by name."""
    case = to_panel(VEINS, since=40, took=20)
    with day(9):
        ahead = hearing.planned(accounts.CM, in_days(5))
        hearing.listed(case, ahead)
    with day(3):
        parties.record_death(
            case, source="The vascular clinic, by telephone", died_on=in_days(-4), once=walk.once(), seen=case.version,
            by=accounts.user("carol_office"),
        )
        husband = contact.add_party(
            case, contact.PartySaid("carer", "Arthur Tate (invented)", "9 Sample Row\nBirkenhead", may_be_written_to=True),
            once=walk.once(), by=accounts.user("carol_office"),
        )  # fmt: skip
        parties.write_to_family(case, husband.id, seen=case.version, by=accounts.user("carol_office"))
    with day(2):
        walk.step(case, "withdraw", "maya_manages", "The patient has died.")
        afterwards.released(case.stream)
