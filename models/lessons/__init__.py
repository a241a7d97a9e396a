"""Small trainings of a head on kept features that show one idea of the book: their data, what is traced, what came."""
