"""From uploads to labelled files: archives, tables, labels, names of data sets."""
