"""Which partition a key goes to: Kafka's own default rule, so that any Kafka producer sends a key where we do."""

_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash as Kafka's Java clients compute it (unsigned)."""
    length = len(data)
    h = (_SEED ^ length) & _MASK
    whole = length - length % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _MULTIPLIER & _MASK
        k = (k ^ k >> 24) * _MULTIPLIER & _MASK
        h = (h * _MULTIPLIER & _MASK) ^ k
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & _MASK
    h = (h ^ h >> 13) * _MULTIPLIER & _MASK
    return h ^ h >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of a message key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def partition_of_metric(metric: int, partitions: int) -> int:
    """The partition of a metric's raw events: its key is the id in decimal ASCII."""
    return partition_of(b"%d" % metric, partitions)


def partition_of_site(site: int, partitions: int) -> int:
    """The partition of a site's hits: its key is the id in decimal ASCII, so all of a site's are in one."""
    return partition_of(b"%d" % site, partitions)


def partition_of_product(product: int, partitions: int) -> int:
    """The partition of what a product's people did: its key is the id in decimal ASCII. All of a product's are in one,
    since an alias joins two of them for good.
    """
    return partition_of(b"%d" % product, partitions)
