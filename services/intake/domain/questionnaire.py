"""The questionnaire as dated data: nine elements (PermenPANRB 14/2017), answers 1 → 4, who answers.

Elements go by code, never by number: sources disagree which of the last two is "U8".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from shared.contracts.questionnaire import NATIONAL_QUESTIONS


class Wording(NamedTuple):
    """What people read."""

    indonesian: str
    english: str


@dataclass(frozen=True, slots=True)
class Question:
    """One element: its name, the question, the wording of the answers 1, 2, 3 and 4.

    `weight` is its share in the index as a fraction; None = an agency's own element, outside it.
    """

    element: str
    name: Wording
    text: Wording
    answers: tuple[Wording, Wording, Wording, Wording]
    weight: str | None = "1/9"

    @property
    def field(self) -> str:
        """How a form names it: an own element may be called like anything else in the form."""
        return f"extra-{self.element}" if self.weight is None else self.element

    @property
    def options(self) -> tuple[tuple[str, Wording], ...]:
        """The scores as a form sends them, in words."""
        return tuple((str(score), words) for score, words in enumerate(self.answers, start=1))


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a respondent may say of himself: the values of the contract, in words."""

    attribute: str
    name: Wording
    options: tuple[tuple[str, Wording], ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A version of the form; what was asked on a day is what its version says."""

    version: str
    valid_from: date
    questions: tuple[Question, ...]
    profile: tuple[Choice, ...]
    extra: tuple[Question, ...] = ()

    def has_extra(self, codes: Iterable[str]) -> bool:
        """Whether all of these are elements of its own."""
        return {question.element for question in self.extra}.issuperset(codes)

    @property
    def names(self) -> tuple[tuple[str, Wording], ...]:
        """Every field with its name, in the order of the form."""
        asked = (*self.questions, *self.extra)
        questions = ((question.field, question.name) for question in asked)
        return (*questions, *((choice.attribute, choice.name) for choice in self.profile))


_NINE = tuple(
    Question(
        asked.element,
        Wording(*asked.name),
        Wording(*asked.text),
        (
            Wording(*asked.answers[0]),
            Wording(*asked.answers[1]),
            Wording(*asked.answers[2]),
            Wording(*asked.answers[3]),
        ),
    )
    for asked in NATIONAL_QUESTIONS
)

_PROFILE = (
    Choice(
        "sex",
        Wording("Jenis kelamin", "Sex"),
        (("female", Wording("Perempuan", "Female")), ("male", Wording("Laki-laki", "Male"))),
    ),
    Choice(
        "age_band",
        Wording("Usia", "Age"),
        (
            ("under_17", Wording("Di bawah 17 tahun", "Under 17")),
            ("17_25", Wording("17–25 tahun", "17–25")),
            ("26_35", Wording("26–35 tahun", "26–35")),
            ("36_45", Wording("36–45 tahun", "36–45")),
            ("46_55", Wording("46–55 tahun", "46–55")),
            ("56_65", Wording("56–65 tahun", "56–65")),
            ("over_65", Wording("Di atas 65 tahun", "Over 65")),
        ),
    ),
    Choice(
        "education",
        Wording("Pendidikan terakhir", "Education"),
        (
            ("sd", Wording("SD", "Primary school (SD)")),
            ("smp", Wording("SMP", "Junior high school (SMP)")),
            ("sma", Wording("SMA/SMK", "Senior high school (SMA/SMK)")),
            ("d1", Wording("D1", "Diploma 1 (D1)")),
            ("d2", Wording("D2", "Diploma 2 (D2)")),
            ("d3", Wording("D3", "Diploma 3 (D3)")),
            ("s1", Wording("S1/D4", "Bachelor (S1/D4)")),
            ("s2", Wording("S2", "Master (S2)")),
            ("s3", Wording("S3", "Doctor (S3)")),
        ),
    ),
    Choice(
        "occupation",
        Wording("Pekerjaan", "Occupation"),
        (
            ("pns", Wording("PNS", "Civil servant (PNS)")),
            ("tni", Wording("TNI", "Armed forces (TNI)")),
            ("polri", Wording("Polri", "Police (Polri)")),
            ("swasta", Wording("Karyawan swasta", "Private employee")),
            ("wirausaha", Wording("Wirausaha", "Self-employed")),
            ("pelajar", Wording("Pelajar/mahasiswa", "Student")),
            ("lainnya", Wording("Lainnya", "Other")),
        ),
    ),
    Choice(
        "disability",
        Wording("Penyandang disabilitas", "Person with a disability"),
        (("yes", Wording("Ya", "Yes")), ("no", Wording("Tidak", "No"))),
    ),
)

# The first day of the regulation's year: no answer is older than 2020.
NATIONAL = Questionnaire("nasional.1", date(2017, 1, 1), _NINE, _PROFILE)
QUESTIONNAIRES = (NATIONAL,)


def questionnaire_on(
    day: date, questionnaires: Sequence[Questionnaire] = QUESTIONNAIRES
) -> Questionnaire:
    """The version in force on a day; before the first one, the first one."""
    ordered = sorted(questionnaires, key=lambda version: version.valid_from)
    in_force = [version for version in ordered if version.valid_from <= day]
    return in_force[-1] if in_force else ordered[0]
