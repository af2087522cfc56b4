"""Which of the engine's functions a statement may call: those that make values of values, and no others.

The engine says what there is, each function with its category. So a release that brings a function of another category
brings one that is refused, and tests/integration/test_sql_functions.py asks for a decision.
"""

from collections.abc import Iterable

# Their functions look at their arguments alone.
CATEGORIES = frozenset(
    {
        *(
            "Aggregate",
            "Arithmetic",
            "Arrays",
            "Bit",
            "Bitmap",
            "Comparison",
            "Conditional",
            "Dates and Times",
            "Distance",
        ),
        *("Encoding", "Encryption", "Financial", "Geo", "Geo Polygon", "Hash", "IP Address", "JSON", "Logical", "Map"),
        *("Mathematical", "Null", "NumericIndexedVector", "QBit", "Random Number", "Rounding", "String"),
        *(
            "String Replacement",
            "String Search",
            "String Splitting",
            "Time Window",
            "Tuple",
            "Type Conversion",
            "URL",
            "UUID",
        ),
    }
)
# Of the other categories each is decided by itself.
ALLOWED = frozenset(
    {
        *("_CAST", "caseWithExpression", "nested"),
        *("seriesDecomposeSTL", "seriesOutliersDetectTukey"),
        *(
            "MACNumToString",
            "MACStringToNum",
            "MACStringToOUI",
            "bar",
            "blockNumber",
            "blockSerializedSize",
            "blockSize",
        ),
        *("byteSize", "colorOKLABToSRGB", "colorOKLCHToSRGB", "colorSRGBToOKLAB", "colorSRGBToOKLCH", "countDigits"),
        *("currentDatabase", "defaultValueOfArgumentType", "defaultValueOfTypeName", "digits", "dumpColumnStructure"),
        *("errorCodeToName", "finalizeAggregation", "flipCoordinates", "formatQuery", "formatQueryOrNull"),
        *(
            "formatQuerySingleLine",
            "formatQuerySingleLineOrNull",
            "formatReadableDecimalSize",
            "formatReadableQuantity",
        ),
        *("formatReadableSize", "formatReadableTimeDelta", "getSizeOfEnumType", "getSubcolumn"),
        *("getTypeSerializationStreams", "icebergBucket", "icebergTruncate", "identity", "ignore", "indexHint"),
        *("initializeAggregation", "isConstant", "isDecimalOverflow", "lowCardinalityIndices", "lowCardinalityKeys"),
        *("materialize", "minSampleSizeContinuous", "minSampleSizeConversion", "neighbor", "normalizeQuery"),
        *("normalizeQueryKeepNames", "normalizedQueryHash", "normalizedQueryHashKeepNames", "parseISO8601Duration"),
        *("parseReadableSize", "parseReadableSizeOrNull", "parseReadableSizeOrZero", "parseTimeDelta", "partitionId"),
        *("rowNumberInAllBlocks", "rowNumberInBlock", "runningAccumulate", "runningConcurrency", "runningDifference"),
        *("runningDifferenceStartingWithFirstValue", "throwIf", "toColumnTypeName", "toTypeName", "tokenizeQuery"),
        *("transform", "variantElement", "variantType", "version", "visibleWidth"),
    }
)
# Table functions that only make numbers, or rows of what stands in the statement.
TABLE_FUNCTIONS = frozenset({"generate_series", "generateseries", "null", "numbers", "primes", "values"})
# These a read-only session refuses by itself; but `format` is a function of texts, too, and `zeros` may be a column.
_FREE_NAMES = frozenset({"format", "zeros"})


def refused_functions(functions: Iterable[tuple[str, str, str]], table_functions: Iterable[str]) -> frozenset[str]:
    """The names that may not be called, in small letters. A function is a name, a category and what it stands for."""
    refused = {
        name.lower() for name, category, original in functions if category not in CATEGORIES and original not in ALLOWED
    }
    return frozenset(refused | ({name.lower() for name in table_functions} - TABLE_FUNCTIONS - _FREE_NAMES))
