"""A report of a finished run: one HTML file without scripts that needs neither Casebook nor a network."""
