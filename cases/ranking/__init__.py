"""Cases that rank items for users: interactions, their split, and what is counted of them."""
