"""What a site has a day, on the average: a whole number, half of one rounded up."""


def daily_average(total: int, days: int) -> int:
    """The average of `total` in so many days: 2.5 is 3, 2.4 is 2. Exact, however large they are."""
    return (2 * total + days) // (2 * days)
