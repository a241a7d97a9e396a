"""What evaluated runs say, read once and kept in memory while somebody looks."""
