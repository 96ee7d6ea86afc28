"""Upper tails of counts: how likely chance alone gives at least so many.

In floating point, as the rest of statistics here: a tail decides whether a mark is shown, it is no
figure. Sums start at the asked count and stop where the rest no longer matters; at or below the
expected count the answer is 1, which is never too small.
"""

from math import exp, lgamma, log, log1p

_NEGLIGIBLE = 1e-12


def binomial_tail(least: int, n: int, p: float) -> float:
    """P(X ≥ least) of n trials that each succeed with probability p."""
    if least <= n * p or p >= 1:
        return 1.0
    if least > n or p <= 0:
        return 0.0
    choices = lgamma(n + 1) - lgamma(least + 1) - lgamma(n - least + 1)
    term = exp(choices + least * log(p) + (n - least) * log1p(-p))
    total, count, odds = term, least, p / (1 - p)
    while count < n and term > total * _NEGLIGIBLE:
        term *= (n - count) / (count + 1) * odds
        count += 1
        total += term
    return min(1.0, total)


def poisson_tail(least: int, mean: float) -> float:
    """P(X ≥ least) of a Poisson count."""
    if least <= mean:
        return 1.0
    term = exp(least * log(mean) - mean - lgamma(least + 1))
    total, count = term, least
    while term > total * _NEGLIGIBLE:
        count += 1
        term *= mean / count
        total += term
    return min(1.0, total)


def clustered_tail(least: int, n: int, p: float, correlation: float) -> float:
    """P(X ≥ least) of n trials that succeed with probability p on average, but together.

    Beta-binomial: the probability is drawn anew for each group, so that two trials of a group are
    correlated by `correlation`, between 0 and 1 (both excluded).
    """
    if least <= n * p or p >= 1:
        return 1.0
    size = 1 / correlation - 1
    wins, losses = p * size, (1 - p) * size
    total = 0.0
    for count in range(least, n + 1):
        total += exp(
            lgamma(n + 1)
            - lgamma(count + 1)
            - lgamma(n - count + 1)
            + _log_beta(count + wins, n - count + losses)
            - _log_beta(wins, losses)
        )
    return min(1.0, total)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
