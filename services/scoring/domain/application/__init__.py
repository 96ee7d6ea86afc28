"""Applications (permohonan) by what is told of them: a pure function of the *set* of facts.

Facts may come late, twice and in any order; they are read by business time, then by sequence. What
cannot have happened in that order is kept and flagged, and does not move the state.
"""
