"""Clocks: until when something was promised, how much of it has passed, and why.

**Days** (UU 25/2009; PermenPANRB 15/2014: the deadline of a service standard). All is reckoned in
the local days of the place. *A day counts if the clock was running before it began.* So the day of
receipt does not count, nor does the day on which a paused clock runs again; the day on which it
stops does. Time is up at the end of the last promised day, or, if the clock stands just then, at
the end of the day on which it runs again. A stop from one day to another therefore moves the
deadline by exactly the days between them, and stops add up.

**Hours** run with the offices' hours (or round the clock) from the second of receipt, and a stop
takes away exactly what of them lies in it.

While a clock stands it has no deadline; one that ran out before stays late.
"""
