"""The rules in force. A change is a new version; the name, and with it the cause, stays."""

from fractions import Fraction

from services.scoring.domain.alert_rules.rule import Kind, Level, Rule, Severity
from services.scoring.domain.scope import Kind as ScopeKind

_UNITS = (ScopeKind.AGENCY, ScopeKind.SERVICE)
_SERVICES = (ScopeKind.SERVICE,)


def _levels(*levels: tuple[int | str, Severity]) -> tuple[Level, ...]:
    return tuple(Level(Fraction(value), severity) for value, severity in levels)


RULES = (
    Rule(
        name="class-drop",
        version=1,
        kind=Kind.CLASS_DROP,
        scopes=_UNITS,
        levels=_levels((1, Severity.WARNING), (2, Severity.SERIOUS)),
        clear_at=Fraction(0),
        words=(
            "Kelas mutu triwulan lebih rendah daripada yang terbaik dalam setahun",
            "The class of a quarter is lower than the best one within a year",
        ),
        least_n=30,
    ),
    Rule(
        name="element-low",
        version=1,
        kind=Kind.ELEMENT_LOW,
        scopes=_UNITS,
        # NRR 3.0644 and 2.60: below B, below C (PermenPANRB 14/2017).
        levels=_levels(("76.61", Severity.WARNING), ("65.00", Severity.SERIOUS)),
        clear_at=Fraction("77.11"),
        words=(
            "Suatu unsur di bawah 3,0644 atau 2,60 dalam satu triwulan",
            "An element is below 3.0644 or 2.60 in a quarter",
        ),
        least_n=30,
    ),
    Rule(
        name="fall",
        version=1,
        kind=Kind.FALL,
        scopes=_SERVICES,
        levels=_levels((1, Severity.WARNING)),
        clear_at=Fraction(0),
        words=(
            "Jawaban jelas lebih buruk daripada sebelumnya di unit yang sama",
            "Answers are clearly worse than earlier ones of the same unit",
        ),
        least_n=20,
        false_alarms=Fraction(1, 5000),
        step="day of 20 answers or more",
    ),
    Rule(
        name="late-share",
        version=1,
        kind=Kind.LATE_SHARE,
        scopes=_SERVICES,
        levels=_levels((20, Severity.WARNING), (40, Severity.SERIOUS)),
        clear_at=Fraction(15),
        words=(
            "Terlalu banyak permohonan diputus terlambat dalam 30 hari",
            "Too many applications were decided late within 30 days",
        ),
        least_n=30,
    ),
    Rule(
        name="integrity",
        version=1,
        kind=Kind.MARK,
        scopes=_SERVICES,
        levels=_levels((2, Severity.NOTICE)),
        clear_at=Fraction(1),
        words=(
            "Jawaban 30 hari terakhir tidak tampak seperti dari banyak warga",
            "Answers of the last 30 days do not look like those of many citizens",
        ),
        least_n=10,
        false_alarms=Fraction(1, 1_000_000),
        step="service, 30 days and kind of mark",
    ),
    Rule(
        name="silent",
        version=1,
        kind=Kind.SILENT,
        scopes=(ScopeKind.CITY, ScopeKind.AGENCY),
        levels=_levels((3, Severity.NOTICE), (24, Severity.WARNING)),
        clear_at=Fraction(0),
        words=(
            "Instansi berhenti mengirim jawaban, di luar kebiasaannya",
            "An agency has stopped sending answers, against its habit",
        ),
        least_n=200,
        false_alarms=Fraction(1, 100),
        step="30 days",
    ),
    Rule(
        name="standard-unreviewed",
        version=1,
        kind=Kind.UNREVIEWED,
        scopes=_SERVICES,
        levels=_levels((365, Severity.NOTICE), (730, Severity.WARNING)),
        clear_at=Fraction(364),
        words=(
            "Standar pelayanan tidak ditinjau selama setahun",
            "A service standard was not reviewed for a year",
        ),
    ),
    Rule(
        name="application.overdue",
        version=1,
        kind=Kind.OVERDUE,
        scopes=_SERVICES,
        levels=_levels((1, Severity.WARNING)),
        clear_at=Fraction(0),
        words=(
            "Permohonan melewati batas waktu yang dijanjikan",
            "An application is past its promised time",
        ),
    ),
)
