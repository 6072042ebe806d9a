"""The questions: one overall score, three scales, what was best, what to do better."""

from dataclasses import dataclass

from crm.i18n import gettext as _
from crm.i18n import mark
from crm.surveys.models import Survey

SCALE = (1, 2, 3, 4, 5)
_SCALES = {
    "score": mark("All in all, how satisfied are you with your order?"),
    "expectation": mark("Was it what you expected?"),
    "quality": mark("How good are the goods?"),
    "service": mark("How were you treated?"),
}
_TEXTS = {
    "best": mark("What did you like best?"),
    "improve": mark("What should we do better?"),
}
_GRADES = {
    1: mark("very bad"),
    2: mark("bad"),
    3: mark("fair"),
    4: mark("good"),
    5: mark("very good"),
}
KEYS = (*_SCALES, *_TEXTS)


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it is asked; `required` is only the overall score."""

    key: str
    text: str
    is_scale: bool
    required: bool


def questions(survey: Survey) -> list[Question]:
    """List the questions in the reader's language, in the shop's own words where it has some."""
    own = survey.questions
    return [
        Question(key, own.get(key) or _(asked), key in _SCALES, key == "score")
        for key, asked in {**_SCALES, **_TEXTS}.items()
    ]


def grade(score: int) -> str:
    """Say a score in the reader's language."""
    return _(_GRADES[score])
