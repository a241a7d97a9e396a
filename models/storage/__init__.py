"""Arrays and files kept between runs: written whole, checked when they are read again."""
