"""What is asked with half a surrogate pair, which JSON can spell and no text has: it is refused in words."""

import pytest

from testkit.query_place import OPERATOR, QueryPlace

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]


async def test_a_sample_is_looked_for_by_a_text(place: QueryPlace) -> None:
    headers = {"authorization": f"Bearer {OPERATOR}", "content-type": "application/json"}
    body = rb'[{"metric":1,"ref":"a\ud800"}]'
    answer = await place.http.post("/tilde/v1/accounts/main/samples", content=body, headers=headers)

    assert answer.status_code == 422
    assert "half a surrogate pair, which is no text" in answer.json()["detail"]
