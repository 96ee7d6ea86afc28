"""Rules about what a unit does: answers worse than before, decides late, falls silent, forgets."""

from fractions import Fraction

from services.scoring.domain.alert_rules.alert import Finding
from services.scoring.domain.alert_rules.fall import Reading
from services.scoring.domain.alert_rules.rule import Rule
from services.scoring.domain.alert_rules.silence import is_unusual
from services.scoring.domain.alert_rules.situation import Situation
from services.scoring.domain.ikm import published
from services.scoring.domain.integrity import Kind as MarkKind
from services.scoring.domain.integrity import Mark, Severity
from services.scoring.domain.publication.cells import LIMIT, hidden
from services.scoring.domain.publication.shown import STEP

LATE_DAYS = 30
_STRENGTH = {Severity.NOTE: 0, Severity.LOOK: 1, Severity.STRONG: 2}
_PERCENT = 100


def fall(rule: Rule, situation: Situation) -> list[Finding]:
    """The newest reading of the unit's chart; the value is its height, 1 the limit."""
    return [] if situation.chart is None else [fall_at(situation.name, situation.chart)]


def fall_at(name: str, reading: Reading) -> Finding:
    """What one reading says: whole points and steps of five answers, no single one can be told."""
    now, before, n = round(reading.now), round(reading.before), reading.n // STEP * STEP
    figures = {
        "since": reading.since.isoformat(),
        "through": reading.day.isoformat(),
        "n": str(n),
        "now": str(now),
        "before": str(before),
    }
    words = (
        f"{name}: sekitar {now} sejak {reading.since} ({n} jawaban), sebelumnya sekitar {before}",
        f"{name}: about {now} since {reading.since} ({n} answers), about {before} before",
    )
    return Finding(Fraction(reading.height), figures, words)


def late_share(rule: Rule, situation: Situation) -> list[Finding]:
    """Late ones among those decided with a promise, in percent. Small cells say nothing (P19)."""
    decided = situation.decided
    if decided is None or decided.on_time + decided.late < max(1, rule.least_n):
        return []
    if hidden((decided.on_time, decided.late, decided.unpromised), LIMIT) & {0, 1}:
        return []
    n = decided.on_time + decided.late
    share = Fraction(_PERCENT * decided.late, n)
    figures = {"days": str(LATE_DAYS), "late": str(decided.late), "decided": str(n)}
    figures["share"] = published(share)
    words = (
        f"{situation.name}: {decided.late} dari {n} permohonan ({published(share, 1)} %) diputus "
        f"terlambat dalam {LATE_DAYS} hari",
        f"{situation.name}: {decided.late} of {n} applications ({published(share, 1)} %) were "
        f"decided late within {LATE_DAYS} days",
    )
    return [Finding(share, figures, words)]


def marked(rule: Rule, situation: Situation) -> list[Finding]:
    """The strongest mark of each kind in thirty days; the value is 1 for `look`, 2 for `strong`."""
    if situation.marks is None:
        return []
    seen = [mark for mark in situation.marks if mark.n >= max(LIMIT, rule.least_n)]
    return [_strongest([mark for mark in seen if mark.kind is kind], kind) for kind in MarkKind]


def unreviewed(rule: Rule, situation: Situation) -> list[Finding]:
    """Days since the newest version of the standard took effect (PermenPANRB 15/2014: yearly)."""
    if situation.reviewed_on is None:
        return []
    days = (situation.today - situation.reviewed_on).days
    figures = {"reviewed_on": situation.reviewed_on.isoformat(), "days": str(days)}
    words = (
        f"{situation.name}: standar pelayanan berlaku sejak {situation.reviewed_on} dan belum "
        f"ditinjau lagi ({days} hari)",
        f"{situation.name}: the service standard is in force since {situation.reviewed_on} and was "
        f"not reviewed since ({days} days)",
    )
    return [Finding(Fraction(days), figures, words)]


def silent(rule: Rule, situation: Situation) -> list[Finding]:
    """Working hours without an answer, once so long a silence is rarer than the rule's rate."""
    silence = situation.silence
    if silence is None or not rule.false_alarms:
        return []
    if silence.expected > 0 and silence.learnt < rule.least_n:
        return []
    unusual = silence.expected > 0 and is_unusual(silence, float(rule.false_alarms))
    since = silence.since.isoformat(timespec="minutes")
    figures = {
        "since": since,
        "hours": str(silence.hours),
        "expected": f"{silence.expected:.0f}",
    }
    words = (
        f"{situation.name}: tidak ada jawaban sejak {since} ({silence.hours} jam kerja); biasanya "
        f"sekitar {silence.expected:.0f}",
        f"{situation.name}: no answer since {since} ({silence.hours} working hours); about "
        f"{silence.expected:.0f} would be usual",
    )
    return [Finding(Fraction(silence.hours if unusual else 0), figures, words)]


def _strongest(marks: list[Mark], kind: MarkKind) -> Finding:
    if not marks:
        words = ("Tanda ini tidak ada lagi", "This mark is no longer there")
        return Finding(Fraction(0), {}, words, str(kind))
    mark = max(marks, key=lambda each: (_STRENGTH[each.severity], each.observed))
    figures = {
        "n": str(mark.n),
        "observed": str(mark.observed),
        "expected": mark.expected,
        "since": mark.slice.since.isoformat(),
        "until": mark.slice.until.isoformat(),
    }
    return Finding(Fraction(_STRENGTH[mark.severity]), figures, mark.words, str(kind))
