-- How many people are in each cohort, and how many of them did it again, by period.
SELECT 'everybody', 0, cohort, sumForEach(counted)
FROM
(
    $again
)
GROUP BY cohort
ORDER BY cohort
