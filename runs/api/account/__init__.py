"""The pages of logging in, which are plain HTML: only a route can set a cookie that no script reads."""
