"""What the page of hosts is made of: people, work, limits, storage, backups, and a line for all. Of runs it shows no
content."""
