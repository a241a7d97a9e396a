"""The life of a run and of an upload. Knows cases, not pages."""
