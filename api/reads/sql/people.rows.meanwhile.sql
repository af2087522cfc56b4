-- When which person did what some conditions ask for, while what was said last of a property was as each wants it. The nth of a row is the
-- place of its condition. Of a person all stands in one order: above the second, then a bit of what was done, so that it is behind what was said
-- in its second. Of what was said there follow 31 bits, of which each tells that it is one of some values; of one second the highest version
-- stands. Of what was done there follow the condition, the place of its bit, and what that has to be. Before all there is nothing said, 0.
SELECT
    person AS identity,
    bitShiftRight(arrayJoin(kept) AS mark, 32) AS second,
    toUInt8(bitAnd(bitShiftRight(mark, 16), 255)) AS nth
FROM
(
    SELECT
        if(aliased.person = 0, done.identity, aliased.person) AS person,
        arraySort(groupArrayIf(said, said > 0)) AS all_said,
        arrayFilter((each, next) -> bitShiftRight(each, 96) != bitShiftRight(next, 96), all_said,
            arrayPopFront(arrayPushBack(all_said, toUInt128(0)))) AS last_said,
        arrayMap(each -> bitOr(bitShiftLeft(toUInt64(bitShiftRight(each, 96)), 32), toUInt64(bitAnd(each, 4294967295))), last_said) AS values,
        arrayPushFront(arraySort(arrayConcat(groupArrayIf(mark, mark > 0), values)), toUInt64(0)) AS marks,
        arrayFilter((each, last) -> bitTest(each, 31) AND bitTest(last, bitAnd(bitShiftRight(each, 8), 255)) = bitTest(each, 0), marks,
            arrayFill(each -> NOT bitTest(each, 31), marks)) AS kept
    FROM
    (
        SELECT identity, bitOr(bitShiftLeft(second, 32), {asked_$name:Array(UInt64)}[nth + 1]) AS mark, toUInt128(0) AS said
        FROM
        (
            $rows
        )
        UNION ALL
        SELECT
            identity,
            toUInt64(0) AS mark,
            bitOr(
                bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96),
                bitOr(bitShiftLeft(toUInt128(version), 32), toUInt128($holds))
            ) AS said
        FROM {database:Identifier}.property_values
        WHERE product = {product:UInt32} AND property = {property_$name:String}
          AND toUInt64(toUnixTimestamp(at)) < {until_$name:UInt64} AND is_deleted = 0
    ) AS done
    {{ people.aliased }}
    GROUP BY person
)
