"""Networks and how they learn. Knows no case, no run and no page."""
