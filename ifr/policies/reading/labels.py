"""The labels and headings that policies print, and what each stands for. Data and the one way to look it up."""

import re
from functools import lru_cache

from ifr.policies.reading.cleaning import clean

_DATE = r"(?:the )?(?:date|day)(?: of| policy| document| this policy| version| the)*"
_WHO = r"(?: (?:by|at|on|from|to|in)(?: .{1,60})?)?"
_DOC = (
    r"(?:(?:this |the )?(?:policy|document|guideline|statement|procedure|version|clinical|ccg|"
    r"icb|commissioning|full|planned|first|final|original|initial|latest|current|formal|board|"
    r"committee|governing body) )*"
)

# Each key with its labels, the surest first. A label is compared in small letters, without its number, its brackets and
# its colon. Of two labels of one key the one that stands earlier here is believed.
FACTS: dict[str, tuple[str, ...]] = {
    "title": (
        r"(?:policy|document|guidance|full|short) title",
        r"title(?: of)?(?: the| this)?(?: policy| document| statement| report| paper)?(?: and version)?(?: number)?",
        r"(?:policy|document|statement) name",
        r"name of(?: the| this)? (?:policy|document|statement)",
        r"(?:policy|commissioning policy|clinical commissioning policy)(?: for| on)?",
        r"(?:policy )?(?:subject|topic)(?: of .{1,30})?",
        r"policy document record",
        r"re|regarding|concerning",
        r"(?:(?:title|name|subject|topic|version|policy|document|statement|procedure|and|of|the|this|full|number) )*"
        r"(?:title|subject|topic|(?:policy|document) name|name)"
        r"(?: (?:and|of|the|this|policy|document|version|number|statement))+",
    ),
    "treatment": (
        r"(?:name of )?(?:the )?(?:treatment|procedure|intervention|operation|surgery|service|"
        r"technology|medicine|drug|device|therapy)s?(?: name| description| title| covered| "
        r"requested)?",
        r"(?:treatment|procedure|intervention|operation)s? ?(?:/|or|and|,) ?(?:treatment|"
        r"procedure|intervention|operation|service|device|condition|service area)s?(?: name)?",
        r"clinical (?:treatment|procedure|intervention)",
        r"policy area",
    ),
    "indication": (
        r"(?:clinical )?(?:indication|condition|diagnosis|disease)s?(?: ?/ ?(?:indication|"
        r"condition|diagnosis)s?)?(?: covered)?(?: ?/? ?population)?",
    ),
    "reference": (
        r"(?:policy|document|statement|guidance|ccg|icb|our|unique|unique document|our)? ?(?:ref|"
        r"reference)(?:erence)?\.?(?: ?(?:no|number|num|code|id))?\.?",
        r"(?:policy|document|doc|statement|ccg policy|commissioning policy|clinical policy|"
        r"procedure|unique)(?: ?(?:no|nos|number|num|id|identifier|code))\.?",
        r"(?:unique )?identifier|urn",
        r"nhs england reference",
        r"(?:policy|document) ?(?:ref|id)(?:erence)?(?: no| number)?\.?",
        r"gateway (?:reference|ref)(?: number| no)?\.?",
        r"policy ref(?:erence)? ?(?:/|and) ?version",
        r"number",
    ),
    "version": (
        r"(?:this |current |document |policy |latest |doc )*version(?: ?(?:no|number|num|control|status|ref|id))?\.?",
        r"(?:issue|edition|revision)(?: ?(?:no|number|num))\.?",
        r"(?:issue|edition|revision)",
        r"ver(?:s)?\.?",
    ),
    "ratified_on": (
        rf"{_DATE} ?(?:ratified|ratification){_WHO}",
        rf"{_DOC}ratification(?: date)?",
        rf"(?:{_DOC})?ratified(?: on| date)?",
        rf"{_DATE} ?(?:approved|approval|adopted|adoption|agreed|signed off|sign[- ]off|endorsed|authorised|authorisation){_WHO}",
        rf"{_DOC}(?:approval|adoption|authorisation|sign[- ]off|signed off|approved|adopted|agreed|authorised|endorsement)"
        r"(?: date| on)?",
        rf"(?:{_DOC})?(?:date )?(?:approved|ratified|ratification|approval|adopted|agreed|signed "
        rf"off|endorsed|authorised) (?:by|at|from|body)(?: .{{1,80}})?",
        r"(?:date )?(?:board|committee|governing body|panel|cprg|cpag) (?:approval|ratification|approved)(?: date)?",
        r"(?:approved|ratified|agreed) ?(?:and|/|&) ?(?:approved|ratified|agreed|adopted)(?: date| on| by)?",
    ),
    "effective_from": (
        rf"(?:{_DOC})?(?:effective|implementation|commencement|operative|in force|go[- ]live|live|"
        rf"start|valid|validity|operational)(?: date)?(?: (?:from|on|of|since))?(?: (?:this "
        rf")?(?:policy|document|version))?(?: from)?",
        rf"{_DATE} ?(?:effective|implemented|implementation|commencement|comes? into (?:force|"
        rf"effect)|coming into (?:force|effect)|in force|operational|live)(?: from)?",
        r"(?:comes?|coming) into (?:force|effect)(?: on| from)?",
        r"(?:goes|going|went) live(?: on| date| from)?",
        r"(?:applies|applicable|active|implemented|valid|in (?:force|effect|use)|to be "
        r"implemented|policy applies)(?: from| on| since)?",
        r"with effect from",
        r"from date",
        r"(?:policy )?effective (?:from ?/ ?to|period)",
    ),
    "published_on": (
        rf"{_DATE} ?(?:published|publication|issued?|first published|release[d]?|posted|uploaded)(?: and where)?{_WHO}",
        rf"(?:{_DOC})?(?:publication|issue|issued|release|published|first published)(?: ?/ "
        rf"?(?:issue|issued|publication|published))?(?: date| on)?",
        r"(?:date )?first published",
        r"published(?: date| on| online)?",
    ),
    "review_due": (
        r"(?:date (?:of|for) )?(?:the )?next (?:planned |scheduled |formal |policy )?review(?: "
        r"date| due| due date| due by| on| by)?",
        r"(?:planned|scheduled|proposed|expected|target|due) review(?: date)?",
        r"(?:date )?(?:due for|for) review(?: date| by| on| in)?",
        rf"{_DOC}review (?:due|date|by)(?: date| by| on)?(?: ?/? ?expiry(?: date)?)?",
        r"(?:to be |will be )?(?:reviewed|review) (?:by|on|in|before|no later than)",
        r"due (?:for )?review(?: date)?",
        r"(?:policy |document )?(?:expiry|expires|expiration|renewal)(?: date| on)?(?: ?/ ?review(?: date)?)?",
        r"date (?:of|for) (?:policy |document |the |formal )*review",
        rf"{_DOC}review(?: period| frequency| cycle| schedule| timetable| arrangements?)?",
        r"valid until",
        r"policy review",
        r"review due",
    ),
    "position": (
        r"(?:nhs |icb |ccg |our |overall |current |the )?(?:commissioning|funding|policy|clinical "
        r"policy)(?: ?/ ?funding)? ?(?:position|decision|stance|recommendation|status|outcome)(?: "
        r"statement)?",
        r"(?:position|funding|commissioned|funded|access|approval)(?: type| status| route| level| "
        r"category| position| arrangements?| mechanism)?\??",
        r"(?:policy|commissioning|position|funding|policy position)[ /]+statement(?: and criteria)?",
        r"(?:decision|recommendation|recommended position|restriction|threshold|commissioned status|policy rule|policy decision)",
        r"statement(?: of policy| on funding)?",
        r"(?:policy|commissioning) (?:type|classification|status|rule)",
        r"(?:commissioning|funding|access) (?:arrangement|route|mechanism|model)s?",
        r"position of .{1,40}",
        r"routinely (?:commissioned|funded)\??",
        r"(?:is (?:this|it) )(?:treatment |procedure )?(?:routinely )?(?:funded|commissioned)\??",
    ),
    "category": (
        r"(?:policy |intervention |ebi |commissioning |treatment )?category(?: of (?:policy|intervention|treatment))?(?: type)?",
        r"(?:policy )?classification",
        r"ebi (?:list|category)",
        r"tier",
    ),
    "status": (r"(?:policy |document |current )?status(?: of (?:the )?(?:policy|document))?", r"state"),
    "areas": (
        r"(?:geographical )?(?:area|areas|region|localit(?:y|ies)|place|places)(?: covered| of application| to which .{1,40})?",
        r"(?:this policy )?(?:applies|applicable) (?:to|in|across)(?: .{1,40})?",
        r"(?:ccg|icb|commissioner|organisation|participating ccg|relevant ccg|commissioning "
        r"organisation|commissioning body)s?(?: covered| name)?",
        r"geograph(?:y|ical (?:coverage|scope))",
    ),
    "supersedes": (
        r"(?:this (?:policy|document) )?(?:supersedes?|replaces?|superseded|replaced|"
        r"superseding)(?: (?:document|policy|policies|version|previous .{1,30}|documents))?(?: "
        r"?\W? ?version)?",
        r"previous(?:ly)? (?:policy|policies|version|known as|policy reference)",
        r"predecessor(?:s| polic(?:y|ies))?",
        r"(?:which )?(?:document|policy|policies)(?:\(s\))? (?:superseded|replaced|to be replaced|it replaces)",
        r"formerly(?: known as)?",
    ),
    "ratified_by": (
        r"(?:ratified|approved|agreed|adopted|endorsed|authorised) by",
        r"(?:ratifying|approving|responsible|approval) (?:body|committee|group)",
        r"approved by responsible committee",
    ),
    "age": (r"(?:patient |applicable )?age(?: group| range| limits?| criteria| restrictions?)?s?",),
}

SECTIONS: dict[str, tuple[str, ...]] = {
    "criteria": (
        r"(?:(?:clinical|eligibility|access|referral|funding|policy|commissioning|inclusion|"
        r"treatment|threshold|prior approval|patient|specific|minimum|surgical|the|approval|core "
        r"clinical) )*(?:criteria|criterion|threshold|thresholds|requirements)(?: for (?:access|"
        r"funding|treatment|referral|surgery|approval|eligibility|commissioning|.{1,60}))?(?: "
        r"(?:to be|which must be) met| and (?:evidence|thresholds?))?",
        r"(?:treatments? )?funded if (?:the )?criteria (?:are )?met",
        r"(?:treatments? )?funded (?:if|when|where|subject to|only if|only when).{1,40}",
        r"(?:when|who) (?:is|will) .{1,30} funded",
        r"eligibility",
        r"who (?:is|can|may|will|qualifies) .{0,30}(?:eligible|qualif\w+|have .{1,30}|get .{1,30}|funded)|who qualifies",
        r"(?:access |clinical |referral )?(?:criteria|thresholds?|eligibility)(?: and| or|,) "
        r"(?:criteria|thresholds?|eligibility|conditions|restrictions|requirements)",
        r"indications for (?:surgery|treatment|referral)",
        r"(?:(?:the|qualifying|access|funding|clinical) )*conditions(?: (?:for|of) .{1,40})?",
        r"policy criteria.{0,60}",
        r"starting criteria",
    ),
    "statement": (
        r"(?:(?:the|clinical|nhs|ccg|icb) )?(?:policy|commissioning|position|funding) "
        r"(?:statement|policy|position|decision|recommendation)s?(?: and criteria)?",
        r"policy(?: details?| detail| content)?",
        r"commissioning criteria and policy",
        r"statement",
        r"recommendations?",
        r"(?:proposed|final) (?:position|policy)",
        r"(?:the )?(?:criteria for )?commissioning",
        r"commissioning arrangements",
        r"decision",
    ),
    "exclusion_criteria": (r"exclusion criteria",),
    "out_of_scope": (
        r"out[- ]of[- ]scope.{0,30}",
        r"(?:policy )?exclusions?",
        r"(?:this policy )?does not (?:cover|apply to|include).{0,30}",
        r"not covered.{0,30}",
        r"what (?:is|this policy does) not cover(?:ed)?",
        r"excluded(?: from (?:this|the) policy)?",
    ),
    "scope": (
        r"(?:policy )?scope(?: of (?:the |this )?(?:policy|document))?(?: and (?:purpose|application|definitions?))?",
        r"in scope",
        r"(?:this policy )?covers",
        r"what (?:is covered|this policy covers)",
        r"scope and exclusions",
    ),
    "cohort": (
        r"(?:patient )?cohort",
        r"(?:target |eligible |patient |patients? )?(?:population|group)s?(?: covered)?(?: and geography.{0,40})?",
        r"patients? (?:covered|included|affected|to whom .{1,40})",
        r"who (?:is|does|this).{1,50}",
        r"plan(?:ned)? population",
    ),
    "funded": (
        r"treatments? (?:that are )?(?:routinely )?(?:funded|commissioned)(?: routinely)?",
        r"routinely (?:funded|commissioned)(?: treatments?)?",
        r"what (?:is|we|the (?:icb|ccg|nhs)) (?:will )?(?:fund|commission|pay for|offer)s?(?:ed)?",
    ),
    "not_funded": (
        r"treatments? (?:that are )?not (?:routinely |normally )?(?:funded|commissioned)",
        r"not (?:routinely |normally )?(?:funded|commissioned)(?: treatments?)?",
        r"what (?:is|we|the (?:icb|ccg|nhs)) (?:(?:do|does|will) not|don't|doesn't|won't|not) "
        r"(?:fund|commission|pay for|offer)(?:ed)?",
    ),
    "rationale": (
        r"(?:policy |clinical |the )?rationale(?: for (?:the )?(?:policy|decision|position|"
        r"restriction|.{1,40}))?(?: and evidence)?",
        r"reasons?(?: for (?:the )?(?:decision|policy|position))?",
        r"why .{1,60}",
        r"justification",
        r"rationale behind .{1,60}",
    ),
    "exceptionality": (
        r"(?:ifr statement )?clinical(?:ly)? exception(?:al|ality|s)(?: circumstances)?",
        r"(?:statement on )?exceptional(?:ity| (?:circumstances|cases|clinical circumstances|funding.{0,40}))(?: statement)?",
        r"individual (?:funding|patient|treatment) requests?.{0,60}",
        r"ifrs?(?: .{1,40})?",
        r"exceptions?",
        r"applying for .{1,40}",
        r"(?:how to )?(?:apply|request).{0,10} (?:individual|exceptional|ifr).{0,40}",
        r"if .{0,40} (?:not|n't) meet .{1,40}",
        r"patients? who do not meet .{1,60}",
        r"what happens if .{1,60}",
    ),
    "force": (r"(?:the )?(?:force|period of validity|validity|duration|status of this policy)(?: of (?:the|this) policy)?",),
    "monitoring": (
        r"(?:policy )?(?:monitoring|audit|compliance)(?: (?:and|&|of|/|with) .{1,40})?(?: requirements?| arrangements?)?",
        r"audit requirements?",
    ),
    "change_record": (
        r"(?:document |policy )?(?:version control|version history|revision history|change "
        r"(?:record|history|log|control)|amendment (?:record|history|log)|document (?:history|"
        r"control|change history)|record of (?:significant )?(?:change|amendment)s?|amendments?|"
        r"changes?|history|document version control|version control (?:sheet|table|record))(?: "
        r"(?:record|sheet|table|log))?",
        r"summary of (?:changes?|amendments?)(?: .{1,30})?",
    ),
    "impacts": (
        r"(?:document |policy )?(?:(?:quality|equality|environmental|health|privacy|"
        r"sustainability|carbon|inequalit(?:y|ies)|human rights|data protection)[ ,&/]*(?:and "
        r")?)+.{0,30}(?:impact|analys[ie]s|assessment|statement).{0,60}",
        r"(?:equality|eia|qia|eqia)(?: (?:and|&) (?:diversity|inclusion|human rights).{0,30})?(?: statement)?",
        r"impact assessments?",
    ),
    "coding": (
        r"(?:clinical |procedure |relevant |diagnos(?:is|tic|es) |intervention |the )?(?:codes?|"
        r"coding|code list|coding list|codings)(?: (?:list|information|table|and .{1,40}|for "
        r".{1,60}))?",
    ),
    "background": (
        r"(?:(?:the )?(?:background|introduction|overview|context|description|about)"
        r"(?: (?:to|and|of|on|information).{0,60})?|summary of .{1,60}|.{1,40} (?:background|"
        r"overview))",
        r"(?:the )?(?:procedure|condition|disease|treatment|intervention)(?: (?:and|description|information).{0,40})?",
        r"what (?:is|are) .{1,60}",
        r"epidemiology.{0,40}",
        r"current treatments?",
        r"(?:clinical )?description .{1,40}",
        r"key (?:points|messages|facts)",
        r"plain language summary",
    ),
    "purpose": (
        r"(?:(?:policy |the )?(?:purpose|aims?|objectives?|aims? and objectives?|core objectives "
        r"and principles|principles?|general principles.{0,40})(?: of (?:this|the) (?:policy|"
        r"document))?)",
    ),
    "evidence": (
        r"(?:the )?(?:underpinning |clinical |summary of |supporting )*evidence(?: (?:base|review|"
        r"summary|of .{1,40}|for .{1,60}|and .{1,40}))?",
        r"evidence[- ]based .{0,40}",
    ),
    "references": (
        r"(?:references?|bibliography|sources?|further (?:reading|information|guidance)|"
        r"supporting documents?|links?|national guidance|(?:nice|relevant) guidance|associated "
        r"(?:documents?|policies|guidance))(?: and .{1,40})?",
        r"(?:other )?(?:relevant|related|linked|cross reference to other)(?: clinical)? "
        r"(?:polic(?:y|ies)|documents?|guidance)(?: ?/ ?guidance)?",
        r"cross[- ]references?.{0,40}",
    ),
    "contents": (r"(?:table of )?contents?(?: page)?", r"index", r"section page"),
    "definitions": (r"(?:definitions?|glossary|abbreviations|key words?|keywords?|acronyms)(?: (?:of|and) .{1,40})?",),
    "governance": (
        r"(?:roles? and )?responsibilit(?:y|ies)",
        r"(?:contacts?|contact details|feedback|complaints?|appeals?|how to (?:apply|refer|"
        r"complain)|governance|approvals?(?: process| and governance)?|consultation|"
        r"implementation|dissemination|training|legal.{0,30}|prior approval process|funding "
        r"(?:mechanism|route|process)|referral (?:pathway|process|guidance)|pathway|treatment "
        r"pathway|information for patients?|patient information|useful links|next steps|document "
        r"(?:details|information|management|control sheet)|policy (?:details|information)|"
        r"information reader box|notes?|guidance notes?|smoking.{0,30}|lifestyle.{0,30}|"
        r"appendix.{0,80}|appendices|annex.{0,60})",
        r"further information.{0,40}",
        r"mechanisms? (?:for|of) .{1,30}",
        r"other information",
    ),
    "clause:core_eligibility": (r"core (?:clinical )?eligibility(?: criteria| criterion)?",),
    "clause:cosmetic": (r"cosmetic (?:surgery|procedures?|treatments?).{0,40}",),
    "clause:diagnostics": (r"diagnostic procedures?.{0,30}", r"diagnostics"),
    "clause:trials": (r"(?:clinical|research)(?: and clinical)? trials?.{0,40}",),
}

# What a cover also prints; kept in the words of the document under its own label.
FURTHER = re.compile(
    r"(?:programme(?: title| of care)?|purpose|author.{0,40}|name of originator.{0,20}|owner|"
    r"policy (?:owner|lead|author)|lead|document (?:owner|author|type)|executive (?:lead|"
    r"director|sponsor)|(?:lead|responsible|accountable) (?:officer|director|manager|"
    r"committee|person)|target audience|audience|for use by|distribution|circulation"
    r"|(?:other )?(?:relevant|related|linked|associated)(?: clinical)? (?:polic(?:y|ies)|"
    r"documents?|guidance).{0,20}|cross[- ]reference.{0,60}|contact.{0,30}|recommend(?:ed|"
    r"ation) by|prepared by|developed by|produced by|consult(?:ed|ation).{0,30}|ratified "
    r"by.{0,60}|approved by.{0,60}|programme board|key ?words|speciality|specialty|clinical "
    r"area|type|last (?:reviewed?|updated|amended|modified)(?: date| on)?|date (?:last "
    r")?(?:reviewed|updated|amended|modified|created|written)|date|isbn|endorsing.{0,20}|"
    r"approving (?:body|committee)|responsible (?:body|committee).{0,40}|status|policy status|"
    r"document status|issued by|written by|originator.{0,30}|location|filename|directorate|"
    r"name of (?:responsible|author|originator).{0,40})"
)


def _compiled(table: dict[str, tuple[str, ...]]) -> list[tuple[str, int, re.Pattern[str]]]:
    return [(key, rank, re.compile(form)) for key, forms in table.items() for rank, form in enumerate(forms)]


# A heading that speaks of criteria opens them, whatever else it says.
_TELLS_CRITERIA = re.compile(
    r"^(?!.*\b(?:exclu\w+|not|codes?|based|screening|restricted|discharge|stopping)\b).*\b(?:criteria|criterion)\b"
)
_FACTS, _SECTIONS = _compiled(FACTS), _compiled(SECTIONS)
_NUMBER = re.compile(
    r"^(?:(?:section|part|appendix|annex) )?\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|"
    r"[a-z])[.):]?\s+(?=\S)|^(?:section|part) \d{1,2}[:.]?\s+"
)
_BRACKETS = re.compile(r"\([^()]{0,80}\)")
_ENDS = re.compile(r"^[\s\W]+|[\s:\-–—=.*_|]+$")
LONGEST = 90


@lru_cache(maxsize=8192)
def plain(label: str) -> str:
    """A label as it is compared; empty for words that are too long to be one."""
    words = clean(label) if len(label) < 5 * LONGEST else ""
    if len(words) > LONGEST:
        return ""
    words = words.lower().replace("’", "'").replace("&", "and")
    words = _ENDS.sub("", _BRACKETS.sub(" ", words))
    return " ".join(_NUMBER.sub("", words).split())


@lru_cache(maxsize=4096)
def facts_named(label: str) -> tuple[tuple[str, int], ...]:
    """Which facts a label may stand for, each with its rank; empty when it is no label that we know."""
    words = plain(label)
    if not words:
        return ()
    found: dict[str, int] = {}
    for key, rank, form in _FACTS:
        if key not in found and form.fullmatch(words):
            found[key] = rank
    if not found and "/" in words:
        # "Publication/issue date", "Title/Topic": either half is a label.
        halves = [facts_named(half) for half in words.split("/")]
        if all(halves):
            found = dict(halves[0])
    return tuple(found.items())


@lru_cache(maxsize=4096)
def section_named(label: str) -> str | None:
    """Which section a heading opens, or None when it is none that we know."""
    words = plain(label)
    if not words:
        return None
    known = next((key for key, _, form in _SECTIONS if form.fullmatch(words)), None)
    if known == "criteria" and re.search(r"\bnot\b|n't\b", words) and not re.search(r"\bif\b", words):
        return "out_of_scope"
    if known is None and _TELLS_CRITERIA.search(words) and len(words.split()) < 8:
        return "criteria"
    return known


@lru_cache(maxsize=4096)
def is_label(label: str) -> bool:
    """Whether these words are a label of a cover, a control table or a section."""
    words = plain(label)
    return bool(words) and (bool(facts_named(label)) or bool(FURTHER.fullmatch(words)) or section_named(label) is not None)
