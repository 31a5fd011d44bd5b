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


def denies(clause: str) -> bool:
    """Whether a plain text has a "no" that means one."""
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", clause)))


def is_denied(text: str, place: int) -> bool:
    """Whether what stands there is denied by what comes before it in its own clause."""
    return denies(_CLAUSE_END.split(text[:place])[-1])
