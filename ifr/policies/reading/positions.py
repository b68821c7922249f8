"""What a sentence says on funding: routinely commissioned, by criteria, or not routinely commissioned."""

import re
from dataclasses import dataclass

from ifr.policies.reading.cleaning import clean, sentences

ROUTINE, CRITERIA, NOT_ROUTINE = "routinely_commissioned", "criteria_based", "not_routinely_commissioned"
NO_MECHANISM, MONITORED, PRIOR_APPROVAL = "none", "monitored", "prior_approval"

_DONE = (
    r"(?:commission(?:ed|ing|s)?|fund(?:ed|ing|s)?|support(?:ed)?|purchase[ds]?|pay for|paid "
    r"for|reimbursed?|offer(?:ed)?|provide[ds]?|available|approved?)"
)
_HOW = (
    r"(?:routinely |normally |usually |generally |currently |ordinarily |automatically |be |"
    r"been |a |being |in general |as a matter of routine )*"
)
_NOT = r"(?:not|never|n['’]t|no longer|neither)"
_EXCEPTIONAL = re.compile(
    r"exception|\bifrs?\b|individual (?:funding|patient|treatment)|\befrs?\b|case[- ]by[- "
    r"]case|\bicf\b|prior (?:individual )?funding request",
)
_NO = re.compile(
    rf"\b{_NOT} {_HOW}(?:commission\w*|fund(?:ed|ing|s)?\b|purchase\w*|pay for\b|paid for\b|reimburse\w*)"
    rf"|\b{_NOT} (?:be )?(?:routinely|normally|usually|generally|currently|ordinarily) {_HOW}{_DONE}"
    r"|\bnot (?:recommended )?for (?:routine )?(?:commissioning|funding)|\bnot recommended to be available|\bno (?:routine "
    r")?(?:funding|commissioning)\b(?! (?:implication|request))"
    r"|\blow(?:er)?(?: clinical)? priorit|\b(?:ifr|individual funding request|exceptional(?: "
    r"funding)?(?: request)?)s? only\b|\bdecommissioned\b|\bnot a (?:commissioning |funding "
    r")?priority"
    r"|\bnon[- ]?(?:commissioned|funded)\b|\bexceptional(?:ity)?(?: cases?| circumstances| "
    r"basis)? only|\b(?:only|solely) (?:on|in|be .{0,20} (?:on|in)) (?:an )?(?:clinically "
    r")?exceptional|\bnot (?:to be )?(?:available on the nhs|available routinely|routinely "
    r"available|supported)"
    r"|\b(?:do|does|will|would|can) ?not (?:\w+ )?(?:support|endorse|agree to|provide funding for)\b[^.;]{0,60}"
    r"\b(?:commission|fund|provision|use of)|\bexcluded (?:procedure|treatment|from (?:nhs |routine )?(?:funding|commissioning))"
    r"|\bcategory "
    r"1 intervention|\bdoes not (?:commission|fund)|\bshould not be (?:commissioned|funded)|"
    r"\bwill only .{0,60}exceptional|\bred list|\bunfunded\b|\bnf\b(?= ?[-–(])"
    r"|\b(?:icbs?|ccgs?|pcts?|nhs|commissioners?|boards?|we)\b[^.;]{0,50}"
    r"\b(?:do|does|will|would|shall) not (?:provide|offer|pay)\b"
    r"|\bnot (?:be )?(?:provided|offered|available|approved|purchased)\b[^.;]{0,30}"
    r"\b(?:by (?:the |this )?(?:nhs|icb|ccg|pct|board)|at nhs|through the nhs|of this (?:icb|ccg|pct))"
    r"|\b(?:stopped|ceased) (?:paying|funding|commissioning|providing)"
    r"|\bwithdrawn from (?:commissioning|funding|use)|\bnot attract (?:any )?(?:nhs )?funding"
    r"|\bfunding [^.;]{0,60}\bwill not be (?:agreed|approved|given|provided)"
    r"|\bnot recommend that [^.;]{0,80}\bbe (?:funded|commissioned)"
)
_BY_CRITERIA = re.compile(
    rf"\bonly {_HOW}(?:commissioned|funded|available|provided|offered|supported|considered|"
    rf"approved|pay|carried out|undertaken|performed|done|given|prescribed|used)|\b{_DONE}\b[^.;]{{0,160}}?\b"
    rf"(?:if|when|where|"
    rf"provided|providing|subject to|in accordance with|in line with|according to|as long as|"
    rf"under the following|in the following|for the following|on condition|with(?:in)? (?:the "
    rf")?(?:following )?(?:criteria|restrictions)|for patients (?:who|with|that|meeting)|for "
    rf"(?:those|people|children|adults|women|men|patients).{{0,80}}(?:who|meeting|whose|with)|"
    rf"once|after)\b"
    r"|\bcriteria[- ](?:based|restricted|led)|\b(?:with|subject to|by) (?:the )?(?:criteria|"
    r"restrictions|threshold)|\brestricted\b|\bprior (?:funding )?approval\b|"
    r"\bthreshold(?:s)?(?: (?:approval|policy|applies|apply))?\b|\bcategory 2 intervention|"
    r"\bmonitored approval\b|\bindividual prior approval|\bgroup prior approval|\bcriteria "
    r"(?:below|above|are met|apply|must be met|listed)|\bmeets? (?:all|any|one|the|both|at "
    r"least|each|these|following|specific)|\bcba\b|\beligible (?:for|if|when|where)|\bmust "
    r"(?:meet|satisfy|fulfil)|\bspecific criteria"
    r"|\bfunded for:|\bconditionally\b|\bconditions? (?:below|apply)|\bonly (?:if|when|where|for|in)\b|"
    r"\bunless (?:the |one |all |any |it |they |there |he |a )|\b(?:fund|commission|provide|"
    r"offer|pay for)\w* .{3,200}?(?: only)? (?:if|when|where|provided that|in the following|"
    r"under the following|for patients who|once|subject to|who (?:meet|fulfil|satisfy|fit|match))\b|"
    r"\b(?:if|when|where) (?:all|any|one|both|at least|either|each) (?:of )?(?:the "
    r")?(?:following|these|criteria)"
    r"|\bonly (?:be )?indicated (?:if|when|where|for|in)\b"
    r"|\b(?:access|funding|treatment|surgery|use) (?:is|will be) (?:limited|restricted) to\b"
    r"|\b(?:commissioned|funded|available|offered|supported) (?:only )?"
    r"(?:in these circumstances|to (?:those|people|patients|adults|children|women|men) (?:with|who|whose))"
    r"|\bwill (?:support|approve|agree|consider) [^.;]{0,80}\b(?:if|when|where|provided)\b"
    r"|\bapproval will be (?:given|granted) (?:if|when|where|for|to)\b|\brequests? will be approved (?:if|when|where|for)\b"
    r"|\beligible patients are\b|^(?:funded|commissioned|available|offered|provided) (?:for|in|to|with|after|following)\b(?! all)"
)
_YES = re.compile(
    rf"\b(?:routinely|normally|usually|generally|automatically) {_HOW}{_DONE}|\b(?:will|does|"
    rf"do|shall|agrees? to|agreed to) (?:routinely |normally )?(?:fund|commission|pay for)\b|"
    rf"\b(?:is|are|be) (?:fully )?(?:commissioned|funded)\b(?! by (?:nhs england|specialised))|"
    rf"\b(?:recommended )?for routine (?:commissioning|funding|use)|\broutine(?:ly)? commission|\bopen access\b|"
    rf"\bunrestricted\b|\b(?:no|without) (?:prior approval|restrictions?|threshold)\b|"
    rf"\bavailable (?:on the nhs|without)|\broutinely (?:funded|commissioned)|\bgreen list|"
    rf"\bsupports? (?:the )?(?:routine )?(?:use|funding|commissioning)|\bas a routine "
    rf"commissioning|^(?:yes|commissioned|funded)\b"
)
# What speaks of those whom a policy leaves out, or of funding in general, gives no position of a treatment.
_ASIDE = re.compile(
    r"\b(?:do(?:es)?|did|who|where|are|is|may|has|have)(?: \w+){0,3} not (?:meet|fulfil|"
    r"satisfy|fit|fall)|"
    r"\b(?:policy|document)\b.{0,40}\b(?:valid when|viewed|printed|website|intranet)|"
    r"\bnot met\b|\bnot meet|\boutside (?:of )?(?:the|these|this|any) |"
    r"\bfall(?:s|ing)? outside|\bwhether\b(?=.*(?:commission|fund))|\bclinical trial|\bcriteria (?:has|have) not|\bnot "
    r"eligible|\bresponsib(?:le|ility)\b|\bany other (?:circumstance|indication|"
    r"treatment)|\bor the intervention is not|\bor (?:is|are) not (?:normally|routinely)|"
    r"\bexcept(?:ional)? cases? panel|\bnot included in|\bhow (?:we|the)|\bprivate(?:ly)? "
    r"funded|\bpolicy is restricted to|\bwhat we (?:do not|don)|\bcontinu(?:e|ation)|\ball (?:treatments|policies|"
    r"procedures)|\bpolic(?:y|ies) (?:list|set|describe)"
)
_MONITORED = re.compile(r"\bmonitored(?: approval)?\b|\bnotification\b|\bretrospective audit\b")
_NO_NEED = re.compile(
    r"prior approval (?:is )?not (?:needed|required|necessary)|(?:without|no need for|no|not "
    r"require|not need)(?: \w+)? prior approval|criteria[- ]based access|\bcba\b"
)
_FREE = re.compile(
    r"\b(?:no|without|not (?:need|require|subject to))(?: any| the need for| further)? "
    r"(?:prior (?:funding )?approval|restrictions?|criteria|thresholds?)(?: (?:is|are) "
    r"(?:required|needed|necessary|applied))?|prior approval (?:is )?not (?:required|needed|"
    r"necessary)"
)
_PRIOR = re.compile(r"\bprior (?:funding )?approval\b|\bIPA\b|\bPA\b")


@dataclass(frozen=True)
class Said:
    """A position, the passage that says it and the mechanism it names, if it names one."""

    position: str
    passage: str
    mechanism: str | None = None


# "will not, as a matter of routine, pay for"
_INSERTED = re.compile(
    r", ((?:as a matter of routine|as a (?:general )?rule|in general|normally|routinely|currently|at present)),"
)


def judged(sentence: str, *, label: bool = False) -> Said | None:
    """What a sentence says on funding, or None. `label`: the words stand beside a label of the position itself, where few
    words are enough ("Restricted", "Prior approval", "Funded")."""
    words = clean(sentence)
    plain = _INSERTED.sub(r" \1", words.lower().replace("’", "'"))
    if not plain or len(plain) > 1500:
        return None
    position = _position(plain, label)
    if position is None or position == ROUTINE and re.match(r"(?:commissioned|funded)\b.|\w+\?", words):
        # In small letters it is the end of a sentence that began elsewhere, perhaps with "not"; a question says nothing.
        return None
    return Said(position, sentence.strip(), mechanism_in(words) if position == CRITERIA else None)


def _position(plain: str, label: bool) -> str | None:
    refused, limited = _NO.search(plain), _BY_CRITERIA.search(_FREE.sub(" ", plain))
    if _ASIDE.search(plain) and not label and not re.search(r"^.{0,200}only (?:where|if|when)", plain):
        return None
    if refused:
        return _refused(plain, refused.end())
    if limited and (label or _speaks_of_funding(plain)):
        after = plain[limited.start() :]
        return NOT_ROUTINE if _EXCEPTIONAL.search(after) and not re.search(r"criteria|approval", after) else CRITERIA
    if _YES.search(plain) and not re.search(r"\b(?:not|evidence|should be|previously|applications?)\b", plain):
        return ROUTINE
    return None


def _refused(plain: str, end: int) -> str:
    """A refusal with an opening: "unless the following are met" is a rule of criteria, "unless exceptional" is none."""
    opening = re.search(
        r"\b(?:unless|except(?: (?:where|when|if|in|for|as))?|other than|apart from|only (?:if|"
        r"when|where)|without prior approval)\b(.*)",
        plain[end:],
    )
    if opening is None:
        return NOT_ROUTINE
    if "without prior approval" in opening[0]:
        return CRITERIA
    if _EXCEPTIONAL.search(opening[0]) and not re.search(r"criteri|following", opening[1]):
        return NOT_ROUTINE
    return CRITERIA if len(opening[1].strip(" .:")) > 0 or plain.endswith(":") else NOT_ROUTINE


def _speaks_of_funding(plain: str) -> bool:
    return bool(
        re.search(
            r"commission|fund|prior approval|eligible|nhs|available|offered|provided|restricted|will "
            r"pay|supported|considered|undertaken|carried out|refer|must meet|"
            r"criteria[- ]based access|will support|approv|only indicated|access is",
            plain,
        )
    )


def mechanism_in(words: str) -> str | None:
    """How the funding is approved, where the words say it."""
    plain = words.lower()
    if _MONITORED.search(plain):
        return MONITORED
    if _NO_NEED.search(plain):
        return NO_MECHANISM
    return PRIOR_APPROVAL if _PRIOR.search(words) or _PRIOR.search(plain) else None


_SHORTHAND = {
    "pa": CRITERIA,
    "t": CRITERIA,
    "cba": CRITERIA,
    "ma": CRITERIA,
    "ipa": CRITERIA,
    "ta": CRITERIA,
    "nf": NOT_ROUTINE,
    "ifr": NOT_ROUTINE,
    "efr": NOT_ROUTINE,
    "nrf": NOT_ROUTINE,
    "nrc": NOT_ROUTINE,
    "rc": ROUTINE,
    "threshold": CRITERIA,
    "restricted": CRITERIA,
    "not funded": NOT_ROUTINE,
    "criteria": CRITERIA,
    "yes": ROUTINE,
    "no": NOT_ROUTINE,
    "excluded": NOT_ROUTINE,
    "individual funding request": NOT_ROUTINE,
    "individual funding requests": NOT_ROUTINE,
    "exceptional funding request": NOT_ROUTINE,
    "exceptionality": NOT_ROUTINE,
    "funded": ROUTINE,
    "commissioned": ROUTINE,
    "category 1": NOT_ROUTINE,
    "category 2": CRITERIA,
    "red": NOT_ROUTINE,
    "amber": CRITERIA,
    "green": ROUTINE,
    "not commissioned": NOT_ROUTINE,
    "not available": NOT_ROUTINE,
    "prior approval": CRITERIA,
    "available": ROUTINE,
}


def in_a_cell(cell: str) -> Said | None:
    """What a cell of a column of positions says: also the short forms that such columns use."""
    words = re.sub(r"\([^()]*\)", " ", clean(cell)).strip(" .").lower()
    if words in _SHORTHAND:
        position = _SHORTHAND[words]
        told = {"pa": PRIOR_APPROVAL, "ipa": PRIOR_APPROVAL, "ma": MONITORED, "cba": NO_MECHANISM}.get(words) or mechanism_in(
            words
        )
        return Said(position, cell.strip(), told if position == CRITERIA else None)
    parts = [said for part in sentences(cell) if (said := judged(part, label=True))]
    if len({said.position for said in parts}) > 1:
        # "Funded for ulcers. Not funded for looks.": what is funded for some is funded by criteria.
        return Said(CRITERIA, cell.strip(), next((said.mechanism for said in parts if said.mechanism), None))
    return judged(cell, label=True)
