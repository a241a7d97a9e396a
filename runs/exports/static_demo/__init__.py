"""A demo that needs no server: a folder of static files, whose model runs in the browser."""
