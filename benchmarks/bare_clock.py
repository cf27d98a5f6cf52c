"""The limit of an expiry notice: one process that sleeps until a sorted set's next score.

Run as `python -m benchmarks.bare_clock REDIS_URL`. What is due becomes a stream entry that says how late.
"""

import asyncio
import signal
import sys

from envaccess.store.client import connect

_POP = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local due = redis.call('ZRANGE', KEYS[1], '-inf', now - 1, 'BYSCORE', 'LIMIT', 0, 100, 'WITHSCORES')
for place = 1, #due, 2 do
  redis.call('XADD', KEYS[2], '*', 'id', due[place], 'late', now - tonumber(due[place + 1]))
  redis.call('ZREM', KEYS[1], due[place])
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return #first > 0 and math.max(0, first[2] + 1 - now) or 1000
"""
_LONGEST = 0.25


async def serve(redis_url: str) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    redis = connect(redis_url)
    pop = redis.register_script(_POP)
    while not stop.is_set():
        wait = await pop(keys=["bare:deadlines", "bare:late"])
        await asyncio.sleep(min(int(wait) / 1000, _LONGEST))
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
