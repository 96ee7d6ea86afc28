"""Complaints (pengaduan) by what is told of them: a pure function of the *set* of facts.

As with applications, facts may come late, twice and in any order; what cannot have happened in
that order is kept and flagged, and does not move the state.
"""
