"""While the bot does not serve yet, or no more, each call is a problem that says so, and nobody waits on."""

import json

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from envaccess.http.api.intake import ApiIntake


def asked(path: str = "/v1/whoami") -> web.Request:
    return make_mocked_request("GET", path)


async def answered(intake: ApiIntake) -> tuple[int, str, str]:
    found = await intake.take(asked())
    assert isinstance(found, web.Response)
    assert found.text
    return found.status, json.loads(found.text)["reason"], found.headers["Retry-After"]


async def test_before_and_after_it_serves_the_api_is_503_with_a_time_to_come_back() -> None:
    intake, woken = ApiIntake(), []

    async def handler(_: web.Request) -> web.Response:
        return web.Response(text="served")

    intake.handler, intake.wake = handler, lambda: woken.append(True)
    assert await answered(intake) == (503, "not_serving", "1")
    await intake.start()
    assert (await intake.take(asked())).status == 200
    await intake.stop_intake()
    assert woken == [True]
    assert await answered(intake) == (503, "not_serving", "1")
    await intake.close()
