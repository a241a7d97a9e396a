"""That training together is over before it is done. Needs no torch."""


class RanksEnded(Exception):
    """The processes that train together cannot go on, in this attempt; `short`: since memory ran out."""

    def __init__(self, *, short: bool) -> None:
        super().__init__("Memory ran out." if short else "Another process that trains along has ended.")
        self.short = short
