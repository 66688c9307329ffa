"""Waiting that ends only with the work: for what leaves ruins when it is cancelled halfway."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def unbroken(work: Awaitable[T]) -> T:
    """Let the work come to its end, however often we are cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as fault:
            cancelled = fault
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at: the cancellation is what the caller hears of
    raise cancelled
