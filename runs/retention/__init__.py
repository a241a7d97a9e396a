"""What may be removed by itself after a while, where the host wants it: `CASEBOOK_KEEP_DAYS`, off by default.

What a finished run, a link that is open, or a data set needs is never removed by a rule.
"""
