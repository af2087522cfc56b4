-- Which properties ever came with some events of a product, by their indexes.
SELECT event, arraySort(groupArray(index))
FROM
(
    SELECT event, arrayJoin(groupUniqArray(property)) AS property
    FROM {database:Identifier}.property_values
    WHERE product = {product:UInt32} AND event IN {events:Array(String)} AND is_deleted = 0
    GROUP BY event
) AS came
INNER JOIN
(
    SELECT property, index FROM {database:Identifier}.properties FINAL WHERE product = {product:UInt32} AND is_deleted = 0
) AS indexes USING (property)
GROUP BY event
