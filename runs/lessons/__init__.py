"""Lessons: their files, the work of one, and what readers predicted and answered."""
