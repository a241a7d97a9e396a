"""Who is there: the ways to log in, people, their sessions, and the invitations that bring new ones."""
