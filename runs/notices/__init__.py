"""What people are told of their trainings outside of the pages: at an address that each may give."""
