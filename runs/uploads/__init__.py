"""What people bring: drafts of several files, where data came from, the originals."""
