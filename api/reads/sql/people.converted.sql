-- What was done, when the same person had done it before, and when he did the other event first after it; below 0, or 0, where he did not. Of a
-- person both stand in one order of marks, as people.followed has them, so of the marks of the other event the next one is that which follows.
SELECT
    toInt64(bitShiftRight(mark, 33)) AS person,
    toUInt64(toUInt32(bitShiftRight(mark, 1))) AS second,
    if(bitXor(mark, previous) < 8589934592, toInt64(toUInt32(bitShiftRight(previous, 1))), -1) AS before,
    if(bitXor(mark, next) < 8589934592 AND bitAnd(toUInt64(next), 1) = 0, toUInt64(toUInt32(bitShiftRight(next, 1))), 0) AS followed_at
FROM
(
    SELECT
        arraySort(groupArray(bitOr(bitShiftLeft(toUInt128(person), 33), second * 2 + (nth = 0)))) AS marks,
        arrayReverseFill(mark -> bitAnd(toUInt64(mark), 1) = 0, marks) AS others,
        arrayFilter(mark -> bitAnd(toUInt64(mark), 1) = 1, marks) AS firsts,
        arrayPopBack(arrayPushFront(firsts, toUInt128(-1))) AS previouses,
        arrayFilter((next, mark) -> bitAnd(toUInt64(mark), 1) = 1, others, marks) AS nexts
    FROM
    (
        $persons
    )
    GROUP BY bitAnd(person, 7)
)
ARRAY JOIN firsts AS mark, previouses AS previous, nexts AS next
