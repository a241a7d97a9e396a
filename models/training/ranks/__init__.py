"""Several processes of one host that train one network: each learns from its part of every batch."""
