"""What Casebook promises about speed and memory, measured on the real program. See README.md."""
