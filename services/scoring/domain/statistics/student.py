"""Student's t (and the F of a ratio of variances) with the standard library alone.

Both are the regularised incomplete beta function: Abramowitz & Stegun, Handbook of Mathematical
Functions, 26.5.8 (continued fraction), 26.6.2 (F), 26.7.1 (t). Good to 1e-9 up to a million degrees
of freedom, which may be fractions, as Welch's test needs them.
"""

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

_NEVER_ZERO = 1e-300
_CLOSE = 1e-15
_MOST_TERMS = 20_000
# From here on Stirling's series is exact to the last bit, and differences of lgamma are not.
_STIRLING_FROM = 20.0
_MOST_STEPS = 60
_SMALL_STEP = 1e-7


def cdf(t: float, df: float) -> float:
    """P(T ≤ t) of Student's t with `df` ≥ 1 degrees of freedom; df may be a fraction."""
    half = two_sided_p(t, df) / 2
    return half if t < 0 else 1 - half


def two_sided_p(t: float, df: float) -> float:
    """P(|T| ≥ |t|) with `df` degrees of freedom: I_x(df/2, 1/2) at x = df/(df + t²)."""
    square = t * t
    if square == inf:
        return 0.0
    return _beta_share(df / (df + square), square / (df + square), df / 2, 0.5)


def f_tail(ratio: float, above: float, below: float) -> float:
    """P(F ≥ ratio) with `above` and `below` degrees of freedom of numerator and denominator."""
    if ratio == inf:
        return 0.0
    whole = below + above * ratio
    return _beta_share(below / whole, above * ratio / whole, below / 2, above / 2)


@lru_cache(maxsize=4096)
def quantile(p: float, df: float) -> float:
    """The t with P(T ≤ t) = p, for 0 < p < 1: 12.7062 for p = 0.975 and one degree of freedom."""
    if not 0 < p < 1:
        raise ValueError(f"no quantile at {p}")
    if p < 0.5:
        return -_critical(2 * p, df)
    return _critical(2 * (1 - p), df) if p > 0.5 else 0.0


def _critical(alpha: float, df: float) -> float:
    """The t > 0 with P(|T| ≥ t) = alpha, by Newton's method on log P as a function of log t.

    That curve falls and is concave, so from the second step on the method comes from the right and
    cannot overshoot, whether the tail is that of a normal or of one degree of freedom.
    """
    z = -NormalDist().inv_cdf(alpha / 2)
    square = z * z
    first, second = square + 1, (5 * square + 16) * square + 3  # A&S 26.7.5
    t = z * (1 + first / (4 * df) + second / (96 * df * df))
    for _ in range(_MOST_STEPS):
        tail = two_sided_p(t, df)
        step = log(tail / alpha) * tail / (2 * t * _density(t, df))
        t *= exp(step)
        if abs(step) < _SMALL_STEP:  # the error left is the square of the last step
            break
    return t


def _density(t: float, df: float) -> float:
    return exp(-_log_beta(df / 2, 0.5) - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df)


def _beta_share(x: float, rest: float, a: float, b: float) -> float:
    """I_x(a, b). `rest` is 1 - x, handed over because the subtraction would lose its digits."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    front = exp(a * log(x) + b * log(rest) - _log_beta(a, b))
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(x, a, b) / a
    return 1 - front * _continued_fraction(rest, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    """A&S 26.5.8 from the front, by the modified method of Lentz."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _NEVER_ZERO)
    result = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + even * d or _NEVER_ZERO)
        c = 1 + even / c or _NEVER_ZERO
        result *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + odd * d or _NEVER_ZERO)
        c = 1 + odd / c or _NEVER_ZERO
        factor = c * d
        result *= factor
        if abs(factor - 1) < _CLOSE:
            break
    return result


def _log_beta(a: float, b: float) -> float:
    small, large = (a, b) if a < b else (b, a)
    return lgamma(small) - _log_gamma_step(large, small)


def _log_gamma_step(a: float, b: float) -> float:
    """ln Γ(a + b) - ln Γ(a), without subtracting two large numbers."""
    if a < _STIRLING_FROM:
        return lgamma(a + b) - lgamma(a)
    powers = (a - 0.5) * log1p(b / a) + b * log(a + b) - b
    return powers + _stirling_rest(a + b) - _stirling_rest(a)


def _stirling_rest(z: float) -> float:
    """ln Γ(z) - ((z - 1/2) ln z - z + ln √(2π)) for large z: A&S 6.1.41."""
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z
