"""The publication gate (promise P19): public figures are sums of batches, and of nothing else.

A *batch* is a set of answers that is given out as a whole and never split. Its *label* is the
finest scope and period that holds all of its answers; a public figure is the sum of the batches
whose labels lie within it.

**Why it holds.** Take the batches as nodes, and one more node for "outside". Each answer is an
edge: between the batch that gave it out and the batch that took it back (a withdrawal, a
quarantine, the old half of a correction), or the outside while nobody took it back. A linear
combination of public values gives every batch a coefficient, and the outside 0; an answer has a
part in the combination exactly if its two ends differ. So what a combination isolates are the
edges of a cut, and nothing smaller than the smallest cut can be isolated, over all releases.

*A new batch with ten answers that were never out before keeps every cut empty or at ten.* Cuts
that leave the new batch outside hold the same edges as before: what it takes back from batch j
moves from j–outside to j–new. Cuts that take it in hold its ten new answers. By induction this is
true of all batches, whichever answers are withdrawn, so also if somebody chooses them.

*Ten fewer is not enough.* A release of ten withdrawals has no edge to the outside: with A and C
out, take back nine of A and one of C, and A plus that release is "the last of A minus the one of
C". A net of 0 with other sums is no better. Hence the rule is net +10, of which at least ten are
new; withdrawals ride along.

**Elements.** People skip elements, so the same is asked of each: its sums are shown of a batch only
if ten of the new answers answered it, else they are hidden for good. (Held back until there are ten
and sent with other answers, they would overlap with the batches, and betray single answers together
with the totals.) So all that is known is known of whole batches. The public index is made of the
public counters alone: index and elements say nothing together that they do not say apart.

**Tables** (distributions, profiles) show cells, and **moments** (totals and squares, for intervals)
tell whole answers from partial ones. Sums over ten protect neither, so both are planned once more,
on the sums of the batches by label, under their own rules (`release`). A table is a union of whole
batches, of which each shown cell, and all that is not shown, is empty or at least ten; tables do
not overlap. So figures subtracted from one another leave whole batches, or cells of whole tables.

**What no gate can hide:** what a sum says by itself (all ten gave a 4), and what is left of a batch
for somebody who wrote nine of its ten answers.
"""
