"""What may be removed by itself after a while, where the host wants it; off by default.

What a link that is open or a data set needs is never removed by a rule, and what a finished run needs only by the rule
that removes whole runs.
"""
