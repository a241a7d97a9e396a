"""What the page of hosts is made of: people, work, limits, and what is settled for all. Of runs it shows no content."""
