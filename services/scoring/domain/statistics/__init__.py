"""The statistics of the index: intervals, tests, trends and ranks, from sums alone.

Counts, sums, means and variances are integers and fractions. Floats appear where a square root or
Student's t makes them unavoidable; what comes of them goes back to a fraction with nine decimals,
so that machines which differ in the last bit publish the same figure.
"""
