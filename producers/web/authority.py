"""Whose token opens which of our own paths: a beginning of paths, and who holds it."""

HOLDERS = ("/tilde/v1/stats", "/tilde/v1/export")  # an access token's; all else of our own API is the operator's
OPERATORS = "/tilde/v1/"
READS_BY_POST = "/stats/find"  # how paths end that only ask, though with a body
