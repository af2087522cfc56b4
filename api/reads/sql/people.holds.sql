-- That a value is one of some values, or any.
{is_any_$name:Bool} OR ifNull(number BETWEEN {low_$name:Float64} AND {high_$name:Float64}, 0) OR has({texts_$name:Array(Int64)}, text)
