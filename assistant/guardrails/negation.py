"""Whether a word stands in a clause that denies it."""

import re

_CLAUSE_END = re.compile(r"[,;:.!?—\n]| (?:pero|sino|aunque|but|however|y si) ")
_NEGATION = re.compile(
    r"\b(?:no|ni|nunca|jamas|tampoco|ningun[oa]?|sin|aun no|ya no|nadie|nada|not|don'?t|doesn'?t|isn'?t|aren'?t|can'?t|won'?t|cannot|"
    r"without|no longer|neither|nor|none|nobody|never)\b"
)
# Words with a "no" that deny nothing.
_NO_NEGATION = re.compile(
    r"\b(?:no hay (?:ningun )?(?:problema|bronca|duda|falla|pedo)|no (?:te|se) preocup\w+|no solo|no solamente|no lo dud\w+|no dud\w+|sin duda|"
    r"sin (?:ningun )?problema|sin falta|sin compromiso|no problem|no worries|no doubt|without (?:a )?doubt|not only|don'?t worry|"
    r"por que no|why not|como no|nada mas|no tengas duda|no (?:puedo|podemos) negar\w*|no te vas a arrepentir|id no\.?|no\.\s?\d)"
)


# "Los descuentos los decide una persona", "eso no está en mis manos": said to be somebody else's to do.
_FOR_A_PERSON = re.compile(
    r"\b(?:(?:lo|la|los|las|eso|les) (?:decide|decid\w+|da|dan|confirma\w*|autoriza\w*|revisa\w*|ve|ven|valora\w*|aprueba\w*|define\w*|maneja\w*|atiende\w*)"
    r"(?: \w+){0,2} (?:un|una|el|la|nuestr[oa]|tu) (?:asesor|asesora|persona|ejecutiv[oa]|equipo|companer[oa]|gerente|financiera|banco)|"
    r"(?:depende|sujet[oa]|requiere|necesita) (?:de|a)|(?:a person|an advisor|a colleague|someone|somebody|our team|the bank)(?: \w+){0,4} "
    r"(?:decides?|has to|must|gives?|confirms?|approves?|handles?|reviews?)|(?:is|are|be) (?:decided|given|confirmed|approved|reviewed|handled|up to) (?:by|to)|"
    r"en mis manos|not up to me|only a person|solo una persona|una persona del equipo)"
)


# "Único dueño: no está registrado": what is said to be on no record is not said to be so.
_NOT_RECORDED = re.compile(r"[^.!?;\n]{0,60}: (?:no esta registrad|not recorded|is not recorded)")


def is_not_recorded(text: str, end: int) -> bool:
    """Whether what ends there is told to be on no record, right behind it."""
    return _NOT_RECORDED.match(text, end) is not None


def is_for_a_person(text: str, start: int, end: int) -> bool:
    """Whether the sentence around that place says that a person decides it."""
    first, last = sentence_around(text, start, end)
    return bool(_FOR_A_PERSON.search(text[first:last]))


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """From where to where the sentence goes that those places are in, its last mark left out."""
    first = max(text.rfind(mark, 0, start) for mark in ".!?\n") + 1
    ends = [place for mark in ".!?\n" if (place := text.find(mark, end)) >= 0]
    return first, min(ends, default=len(text))


def denies(clause: str) -> bool:
    """Whether a plain text has a "no" that means one."""
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", clause)))


def is_denied(text: str, place: int) -> bool:
    """Whether what stands there is denied by what comes before it in its own clause."""
    return denies(clause_before(text, place))


def clause_before(text: str, place: int) -> str:
    """What comes before that place in its own clause."""
    return _CLAUSE_END.split(text[:place])[-1]
