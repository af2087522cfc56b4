"""Our partitioner is Kafka's: any Kafka producer sends a key where we do."""

import pytest
from aiokafka.partitioner import murmur2 as kafkas_murmur2
from hypothesis import given
from hypothesis import strategies as st

from tilde.domain.log.partitioner import murmur2, partition_of, partition_of_metric
from tilde.schemas.topics import PARTITIONS


@given(st.binary(max_size=64))
def test_murmur2_is_kafkas(data: bytes) -> None:
    assert murmur2(data) == kafkas_murmur2(data) & 0xFFFFFFFF


@given(st.binary(max_size=64), st.integers(1, 64))
def test_a_key_goes_to_the_partition_of_kafkas_default(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (kafkas_murmur2(key) & 0x7FFFFFFF) % partitions


# From the Java client's own test of its murmur2.
JAVAS = [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536), (b"abc", 479470107)]


@pytest.mark.parametrize(("key", "signed"), JAVAS)
def test_the_javas_own_examples(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed & 0xFFFFFFFF


@given(st.integers(0, 2**52 - 1))
def test_a_metrics_key_is_its_id_in_decimal(metric: int) -> None:
    partition = partition_of_metric(metric, PARTITIONS)

    assert partition == partition_of(str(metric).encode(), PARTITIONS)
    assert 0 <= partition < PARTITIONS
