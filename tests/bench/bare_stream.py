"""The baseline of the latency: a bare FastAPI app whose webhook inserts a row and hands it to an in-process stream."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse


class Message(BaseModel):
    """A text."""

    sender: str
    text: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BARE_URL"], min_size=2, max_size=5) as pool:
        await pool.execute("create table if not exists text (id bigserial primary key, sender text, text text)")
        app.state.pool, app.state.queue = pool, asyncio.Queue()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/ready")
async def ready() -> None:
    """Up."""


@app.post("/messages", status_code=204)
async def take(message: Message, request: Request) -> Response:
    """One row, then the stream."""
    await request.app.state.pool.execute(
        "insert into text (sender, text) values ($1, $2)", message.sender, message.text
    )
    request.app.state.queue.put_nowait(message.text)
    return Response(status_code=204)


@app.get("/events")
async def events(request: Request) -> StreamingResponse:
    """Whatever was inserted."""

    async def entries() -> AsyncIterator[str]:
        yield ": hello\n\n"
        while True:
            yield f"data: {json.dumps(await request.app.state.queue.get())}\n\n"

    return StreamingResponse(entries(), media_type="text/event-stream")


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["BARE_PORT"]), loop="uvloop", http="httptools", access_log=False, log_level="error"
    )
