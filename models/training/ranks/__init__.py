"""Several processes, of one host or of several, that train one network: each learns from its part of every batch."""
