-- Of each person who did the first thing within a span: in which period that was, as a place in `edges`, and a list of 1 for himself,
-- and 1 or 0 for each period from that one on, whether he did the second thing in it, later.
SELECT
    person,
    cohort,
    arrayMap(nth -> toUInt64(nth = 0 OR has(later, nth - 1)), range({periods:UInt64} + 1)) AS counted
FROM
(
    SELECT
        person,
        bitShiftRight(arrayFirst(mark -> bitAnd(mark, 255) = 0, marks), 8) AS first,
        transform(roundDown(first, {edges:Array(UInt64)}), {edges:Array(UInt64)}, arrayEnumerate({edges:Array(UInt64)}), toUInt32(0)) AS cohort,
        arrayFilter(second -> second > first AND second < {edges:Array(UInt64)}[-1],
            arrayMap(mark -> bitShiftRight(mark, 8), arrayFilter(mark -> bitAnd(mark, 255) = 1, marks))) AS seconds,
        arrayMap(second -> transform(roundDown(second, {edges:Array(UInt64)}), {edges:Array(UInt64)}, arrayEnumerate({edges:Array(UInt64)}), toUInt32(0)) - cohort,
            seconds) AS later
    FROM
    (
        $marks
    )
    WHERE arrayExists(mark -> bitAnd(mark, 255) = 0, marks) AND first >= {first_since:UInt64} AND first < {first_until:UInt64}
)
